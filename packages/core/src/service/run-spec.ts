import { createHash } from 'node:crypto';
import type { DeploySpec, DomainSpec, MaybeSecret, MountSpec } from '../config/model.ts';
import {
  isReference,
  type Readiness,
  type RunSpec,
  type SecretReference,
  type SpecMount,
  type SpecValue,
} from '../docker/run-spec.ts';

export interface ResolvedRun {
  readonly spec: RunSpec;
  /** Content of every reference in `spec`. */
  readonly secrets: ReadonlyMap<string, string>;
}

/**
 * What is to run, with every secret taken out and replaced by the name it is stored under on the nodes.
 * `resource` scopes those names; the hash makes a changed value a new name, which Swarm secrets need (they are immutable).
 */
export function runSpec(
  resource: string,
  deploy: DeploySpec,
  domains: readonly DomainSpec[],
  image: string,
): ResolvedRun {
  const secrets = new Map<string, string>();
  const keep = (name: string, value: string): SecretReference => {
    const secretRef = secretName(resource, name, value);
    secrets.set(secretRef, value);
    return { secretRef };
  };
  const { mode: _mode, servers: _servers, health: _health, ...rest } = deploy;
  const spec: RunSpec = {
    ...rest,
    image,
    env: mapValues(deploy.env, (value, name) => specValue(value, () => keep(`env-${name}`, revealed(value)))),
    secrets: mapValues(deploy.secrets, (value, name) => keep(name, revealed(value))),
    mounts: deploy.mounts.map((mount) => specMount(mount, keep)),
    readiness: readiness(deploy, domains),
  };
  return { spec, secrets };
}

/** Swarm allows 64 characters of `[a-zA-Z0-9-_.]` in a secret's name. */
export function secretName(resource: string, name: string, value: string): string {
  const hash = createHash('sha256').update(`${resource}\0${name}\0${value}`).digest('hex').slice(0, 12);
  const readable = `${resource}.${name}`.replace(/[^A-Za-z0-9_.-]/g, '-');
  return `${readable.slice(0, 64 - hash.length - 1).replace(/[-.]+$/, '')}-${hash}`;
}

/** Without a health check: the first port known from domains or ports must open; with none, running long enough must do. */
export function readiness(deploy: DeploySpec, domains: readonly DomainSpec[]): Readiness {
  if (deploy.health !== undefined) return { source: 'health', ...deploy.health };
  const port = domains[0]?.port ?? deploy.ports.find((candidate) => candidate.protocol === 'tcp')?.target;
  if (port !== undefined) return { source: 'port', port, window: Math.min(30_000, deploy.timeout) };
  return { source: 'running', window: deploy.update.monitor };
}

function specMount(mount: MountSpec, keep: (name: string, value: string) => SecretReference): SpecMount {
  if (mount.type !== 'file') return mount;
  const { content, ...rest } = mount;
  return { ...rest, content: keep(`file-${mount.target}`, revealed(content)) };
}

function specValue(value: MaybeSecret, keep: () => SecretReference): SpecValue {
  return typeof value === 'string' ? value : keep();
}

function revealed(value: MaybeSecret): string {
  return typeof value === 'string' ? value : value.reveal();
}

function mapValues<In, Out>(record: Readonly<Record<string, In>>, map: (value: In, key: string) => Out) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}

/** The names of all secrets a specification refers to. */
export function referencesIn(spec: RunSpec): readonly string[] {
  const env = Object.values(spec.env).filter(isReference);
  const files = spec.mounts.flatMap((mount) => (mount.type === 'file' ? [mount.content] : []));
  return [...env, ...Object.values(spec.secrets), ...files].map((reference) => reference.secretRef);
}
