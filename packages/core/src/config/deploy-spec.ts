import type { MaybeSecret } from './model.ts';

/** How and where a service runs. */
export interface DeploySpec {
  readonly mode: 'auto' | 'swarm' | 'standalone';
  readonly servers: readonly string[];
  readonly kind: 'replicated' | 'global';
  readonly replicas: number;
  /** Replaces the image's ENTRYPOINT; words, already split. */
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly user?: string;
  /** Project, environment and service variables, then deploy.env: merged, the last wins. */
  readonly env: Readonly<Record<string, MaybeSecret>>;
  /** Files below /run/secrets. */
  readonly secrets: Readonly<Record<string, MaybeSecret>>;
  readonly resources: {
    readonly nanoCpus?: number;
    readonly memory?: number;
    readonly reserveNanoCpus?: number;
    readonly reserveMemory?: number;
  };
  readonly ports: readonly PortSpec[];
  readonly mounts: readonly MountSpec[];
  readonly health?: HealthSpec;
  readonly restart: {
    readonly condition: 'any' | 'on-failure' | 'none';
    readonly delay?: number;
    readonly maxAttempts?: number;
    readonly window?: number;
  };
  readonly update: UpdateSpec;
  readonly rollback: UpdateSpec;
  readonly placement: {
    readonly constraints: readonly string[];
    readonly preferences: readonly string[];
    readonly maxReplicas?: number;
  };
  /** Further networks, by name, that exist already. */
  readonly networks: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly endpointMode: 'vip' | 'dnsrr';
  readonly ulimits: Readonly<Record<string, { readonly soft: number; readonly hard: number }>>;
  readonly drain: number;
  readonly stopGracePeriod: number;
  readonly timeout: number;
  /** How many deployments are kept for rollback. */
  readonly keep: number;
}

export interface PortSpec {
  readonly published: number;
  readonly target: number;
  readonly mode: 'host' | 'ingress';
  readonly protocol: 'tcp' | 'udp';
}

export type MountSpec =
  | { readonly type: 'volume'; readonly source: string; readonly target: string; readonly readOnly: boolean }
  | { readonly type: 'bind'; readonly source: string; readonly target: string; readonly readOnly: boolean }
  | { readonly type: 'file'; readonly content: MaybeSecret; readonly target: string; readonly readOnly: boolean };

/** Exactly one of http, tcp and command. */
export interface HealthSpec {
  readonly probe:
    | { readonly kind: 'http'; readonly path: string; readonly port: number }
    | { readonly kind: 'tcp'; readonly port: number }
    | { readonly kind: 'command'; readonly command: string };
  readonly interval: number;
  readonly timeout: number;
  readonly retries: number;
  readonly startPeriod: number;
}

export interface UpdateSpec {
  readonly order: 'start-first' | 'stop-first';
  readonly parallelism: number;
  readonly delay: number;
  readonly monitor: number;
  readonly failure: 'rollback' | 'pause' | 'continue';
  readonly maxFailureRatio: number;
}
