import type { UpdateSpec } from '../config/model.ts';
import { networkName, type Owner, ownerLabels } from '../config/names.ts';
import { envList, nanoseconds, volumeName } from './container-spec.ts';
import type { RunSpec, SpecMount } from './run-spec.ts';

export interface ServiceInput {
  readonly name: string;
  readonly owner: Owner;
  readonly spec: RunSpec;
  readonly reveal: (secretRef: string) => string;
  readonly aliases: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Labels of the tasks' containers. */
  readonly containerLabels: Readonly<Record<string, string>>;
  /** Becomes HEALTHCHECK: what Swarm waits for before it stops an old task. */
  readonly healthcheck?: readonly string[];
}

/**
 * Body of POST /services/create and /services/{id}/update (Docker Engine API, ServiceSpec). A secret's id is left as
 * `@ID:name@`: only the manager knows it, and fills it in.
 */
export function serviceSpec(input: ServiceInput): string {
  const { owner, spec } = input;
  return JSON.stringify({
    Name: input.name,
    Labels: { ...input.labels, ...ownerLabels(owner) },
    TaskTemplate: {
      ContainerSpec: {
        Image: spec.image,
        Command: spec.command,
        Args: spec.args,
        User: spec.user,
        Env: envList(spec, input.reveal),
        Labels: { ...spec.labels, ...input.containerLabels, ...ownerLabels(owner) },
        StopGracePeriod: nanoseconds(spec.stopGracePeriod),
        Mounts: spec.mounts.filter((mount) => mount.type !== 'file').map((mount) => mountSpec(mount, owner)),
        Secrets: secretFiles(input),
        Healthcheck: healthcheck(input),
        Ulimits: Object.entries(spec.ulimits).map(([Name, limit]) => ({ Name, Soft: limit.soft, Hard: limit.hard })),
      },
      Resources: {
        Limits: { NanoCPUs: spec.resources.nanoCpus, MemoryBytes: spec.resources.memory },
        Reservations: { NanoCPUs: spec.resources.reserveNanoCpus, MemoryBytes: spec.resources.reserveMemory },
      },
      RestartPolicy: {
        Condition: spec.restart.condition,
        Delay: optionalNanoseconds(spec.restart.delay),
        MaxAttempts: spec.restart.maxAttempts,
        Window: optionalNanoseconds(spec.restart.window),
      },
      Placement: {
        Constraints: spec.placement.constraints,
        Preferences: spec.placement.preferences.map((SpreadDescriptor) => ({ Spread: { SpreadDescriptor } })),
        MaxReplicas: spec.placement.maxReplicas,
      },
      Networks: [
        { Target: networkName(owner), Aliases: input.aliases },
        ...spec.networks.map((Target) => ({ Target, Aliases: input.aliases })),
      ],
    },
    Mode: spec.kind === 'global' ? { Global: {} } : { Replicated: { Replicas: spec.replicas } },
    UpdateConfig: updateConfig(spec.update),
    RollbackConfig: updateConfig(spec.rollback),
    EndpointSpec: {
      Mode: spec.endpointMode,
      Ports: spec.ports.map((port) => ({
        Protocol: port.protocol,
        TargetPort: port.target,
        PublishedPort: port.published,
        PublishMode: port.mode,
      })),
    },
  });
}

function updateConfig(update: UpdateSpec) {
  return {
    Parallelism: update.parallelism,
    Delay: nanoseconds(update.delay),
    FailureAction: update.failure,
    Monitor: nanoseconds(update.monitor),
    MaxFailureRatio: update.maxFailureRatio,
    Order: update.order,
  };
}

function secretFiles({ spec }: ServiceInput) {
  const files = [
    ...Object.entries(spec.secrets).map(([name, { secretRef }]) => ({ secretRef, target: name })),
    ...spec.mounts.flatMap((mount) =>
      mount.type === 'file' ? [{ secretRef: mount.content.secretRef, target: mount.target }] : [],
    ),
  ];
  return files.map(({ secretRef, target }) => ({
    SecretID: `@ID:${secretRef}@`,
    SecretName: secretRef,
    File: { Name: target, UID: '0', GID: '0', Mode: 0o444 },
  }));
}

function healthcheck({ healthcheck: test, spec: { readiness } }: ServiceInput) {
  if (test === undefined || readiness.source === 'running') return undefined;
  if (readiness.source === 'port') {
    const second = nanoseconds(1000);
    const StartPeriod = nanoseconds(readiness.window);
    return {
      Test: test,
      Interval: 5 * second,
      Timeout: 3 * second,
      StartPeriod,
      StartInterval: second / 10,
      Retries: 3,
    };
  }
  return {
    Test: test,
    Interval: nanoseconds(readiness.interval),
    Timeout: nanoseconds(readiness.timeout),
    // Within the start period the engine probes at the start interval, whose default would be 5 s (API 1.44).
    StartPeriod: nanoseconds(Math.max(readiness.startPeriod, readiness.interval)),
    StartInterval: nanoseconds(Math.min(readiness.interval, 100)),
    Retries: readiness.retries,
  };
}

function mountSpec(mount: Exclude<SpecMount, { type: 'file' }>, owner: Owner) {
  const common = { Target: mount.target, ReadOnly: mount.readOnly };
  if (mount.type === 'bind') return { Type: 'bind', Source: mount.source, ...common };
  const labels = ownerLabels({ ...owner, service: undefined });
  return { Type: 'volume', Source: volumeName(owner, mount.source), ...common, VolumeOptions: { Labels: labels } };
}

const optionalNanoseconds = (value: number | undefined) => (value === undefined ? undefined : nanoseconds(value));
