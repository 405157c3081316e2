import { networkName, type Owner, ownerLabels, resourceName } from '../config/names.ts';
import { isReference, type RunSpec, type SpecMount } from './run-spec.ts';

export interface ContainerInput {
  readonly owner: Owner;
  readonly spec: RunSpec;
  /** Contents of the references in `spec`. */
  readonly reveal: (secretRef: string) => string;
  /** Folder of secret files on the node. */
  readonly secretFolder: string;
  /** Names on the environment's network, besides the container's own. */
  readonly aliases: readonly string[];
  /** Labels besides the owner's and the service's. */
  readonly labels: Readonly<Record<string, string>>;
  /** Whether ports are published on the node; a container that is only to be proven healthy has none. */
  readonly publish: boolean;
}

/**
 * Body of POST /containers/create (Docker Engine API 1.41 and newer; further networks are connected afterwards, as
 * engines before 1.44 take one only). The restart policy is `no`: it is set once the container has proven healthy, so
 * that a container that dies at once keeps its exit status.
 */
export function containerSpec(input: ContainerInput): string {
  const { owner, spec } = input;
  const { readiness } = spec;
  const network = networkName(owner);
  return JSON.stringify({
    Image: spec.image,
    Entrypoint: spec.command,
    Cmd: spec.args,
    User: spec.user,
    Env: envList(spec, input.reveal),
    Labels: { ...spec.labels, ...input.labels, ...ownerLabels(owner) },
    StopTimeout: seconds(spec.stopGracePeriod),
    ExposedPorts: Object.fromEntries(spec.ports.map((port) => [`${port.target}/${port.protocol}`, {}])),
    Healthcheck:
      readiness.source === 'health' && readiness.probe.kind === 'command'
        ? {
            Test: ['CMD-SHELL', readiness.probe.command],
            Interval: nanoseconds(readiness.interval),
            Timeout: nanoseconds(readiness.timeout),
            StartPeriod: nanoseconds(readiness.startPeriod),
            Retries: readiness.retries,
          }
        : undefined,
    HostConfig: {
      NetworkMode: network,
      RestartPolicy: { Name: 'no' },
      NanoCpus: spec.resources.nanoCpus,
      Memory: spec.resources.memory,
      MemoryReservation: spec.resources.reserveMemory,
      PortBindings: input.publish ? portBindings(spec) : undefined,
      Mounts: [...secretMounts(spec, input.secretFolder), ...spec.mounts.map((mount) => mountSpec(mount, input))],
      Ulimits: Object.entries(spec.ulimits).map(([Name, limit]) => ({ Name, Soft: limit.soft, Hard: limit.hard })),
    },
    NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: input.aliases } } },
  });
}

/** `NAME=value`, byte for byte. */
export function envList(spec: RunSpec, reveal: (secretRef: string) => string): string[] {
  return Object.entries(spec.env).map(
    ([name, value]) => `${name}=${isReference(value) ? reveal(value.secretRef) : value}`,
  );
}

/** The engine's `RestartPolicy`. Delay and window exist in Swarm only. */
export function restartPolicy({ restart }: RunSpec): { readonly Name: string; readonly MaximumRetryCount?: number } {
  if (restart.condition === 'none') return { Name: 'no' };
  if (restart.condition === 'any') return { Name: 'unless-stopped' };
  return { Name: 'on-failure', MaximumRetryCount: restart.maxAttempts };
}

/** Volumes belong to the environment, so that its services can share them and no other environment can. */
export function volumeName(owner: Owner, source: string): string {
  return resourceName({ ...owner, service: source });
}

function portBindings(spec: RunSpec) {
  const bindings: Record<string, { HostPort: string }[]> = {};
  for (const port of spec.ports) {
    const key = `${port.target}/${port.protocol}`;
    bindings[key] = [...(bindings[key] ?? []), { HostPort: String(port.published) }];
  }
  return bindings;
}

function secretMounts(spec: RunSpec, folder: string) {
  return Object.entries(spec.secrets).map(([name, { secretRef }]) => ({
    Type: 'bind',
    Source: `${folder}/${secretRef}`,
    Target: `/run/secrets/${name}`,
    ReadOnly: true,
  }));
}

function mountSpec(mount: SpecMount, { owner, secretFolder }: ContainerInput) {
  const common = { Target: mount.target, ReadOnly: mount.readOnly };
  if (mount.type === 'bind') return { Type: 'bind', Source: mount.source, ...common };
  if (mount.type === 'file') return { Type: 'bind', Source: `${secretFolder}/${mount.content.secretRef}`, ...common };
  const labels = ownerLabels({ ...owner, service: undefined });
  return { Type: 'volume', Source: volumeName(owner, mount.source), ...common, VolumeOptions: { Labels: labels } };
}

export const nanoseconds = (milliseconds: number) => milliseconds * 1_000_000;

/** Whole seconds, rounded up: the engine's API takes no less. */
export const seconds = (milliseconds: number) => Math.ceil(milliseconds / 1000);
