import type { DeploySpec, HealthSpec, MountSpec } from '../config/model.ts';

/** A secret by reference: the name of its Swarm secret, or of its file in the node's secret folder. Ends in a hash of the content. */
export interface SecretReference {
  readonly secretRef: string;
}

export type SpecValue = string | SecretReference;

export type SpecMount =
  | Exclude<MountSpec, { type: 'file' }>
  | { readonly type: 'file'; readonly content: SecretReference; readonly target: string; readonly readOnly: boolean };

/** What must be true before a container counts as healthy, with the defaults already chosen. */
export type Readiness =
  | ({ readonly source: 'health' } & HealthSpec)
  /** No health check given, but a port is known: it must accept connections. */
  | { readonly source: 'port'; readonly port: number; readonly window: number }
  /** Nothing known: it must keep running this long (milliseconds). */
  | { readonly source: 'running'; readonly window: number };

/**
 * Everything that decides what runs, fully resolved and free of secret values: what a deployment's record keeps, what
 * a rollback deploys again, and what two deployments are compared by.
 */
export interface RunSpec
  extends Omit<DeploySpec, 'mode' | 'servers' | 'env' | 'secrets' | 'mounts' | 'health' | 'timeout' | 'keep'> {
  /** `repository@sha256:…`, or `sha256:…` for an image that exists on the node only. */
  readonly image: string;
  readonly env: Readonly<Record<string, SpecValue>>;
  readonly secrets: Readonly<Record<string, SecretReference>>;
  readonly mounts: readonly SpecMount[];
  readonly readiness: Readiness;
  readonly timeout: number;
  readonly keep: number;
}

export function isReference(value: SpecValue): value is SecretReference {
  return typeof value !== 'string';
}
