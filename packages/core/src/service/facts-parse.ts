import * as z from 'zod';
import { isOwnedBy, labelPrefix } from '../config/names.ts';
import { parseBatch } from '../docker/api-batch.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { type FactsRequest, factsMark, type NodeFacts, type OwnContainer } from './facts.ts';
import { parsePortHolders } from './port-holder.ts';
import { parseRecord } from './record.ts';

const info = z.lazy(() =>
  z.looseObject({
    ServerVersion: z.string(),
    OSType: z.string(),
    Architecture: z.string(),
    SecurityOptions: z.array(z.string()).nullish(),
    Swarm: z.looseObject({
      NodeID: z.string(),
      LocalNodeState: z.string(),
      ControlAvailable: z.boolean(),
      Nodes: z.number().optional(),
    }),
  }),
);
const containerList = z.lazy(() =>
  z.array(
    z.looseObject({
      Id: z.string(),
      Names: z.array(z.string()),
      State: z.string(),
      Image: z.string(),
      Labels: z.record(z.string(), z.string()).nullish(),
      Ports: z.array(z.looseObject({ PublicPort: z.number().optional(), Type: z.string() })).nullish(),
    }),
  ),
);
const serviceList = z.lazy(() =>
  z.array(
    z.looseObject({
      Spec: z.looseObject({
        Name: z.string(),
        Labels: z.record(z.string(), z.string()).nullish(),
        Mode: z.looseObject({ Replicated: z.looseObject({ Replicas: z.number() }).partial().nullish() }).nullish(),
        TaskTemplate: z
          .looseObject({
            ContainerSpec: z.looseObject({ Image: z.string(), Env: z.array(z.string()).nullish() }).nullish(),
          })
          .nullish(),
      }),
      ServiceStatus: z.looseObject({ RunningTasks: z.number(), DesiredTasks: z.number() }).partial().nullish(),
    }),
  ),
);
const network = z.lazy(() =>
  z.looseObject({
    Driver: z.string(),
    Attachable: z.boolean(),
    Labels: z.record(z.string(), z.string()).nullish(),
  }),
);
const imageInfo = z.lazy(() =>
  z.looseObject({
    Id: z.string(),
    Os: z.string(),
    Architecture: z.string(),
    Config: z.looseObject({ User: z.string().nullish() }).nullish(),
  }),
);
const distribution = z.lazy(() =>
  z.looseObject({
    Descriptor: z.looseObject({ digest: z.string() }),
    Platforms: z.array(z.looseObject({ os: z.string().optional(), architecture: z.string().optional() })).nullish(),
  }),
);
const failure = z.lazy(() => z.looseObject({ message: z.string() }));

/** Throws DOCKER_UNREACHABLE when the engine did not answer. */
export function parseFacts(output: string, errors: string, request: FactsRequest, server: string): NodeFacts {
  const [head = '', tail = ''] = splitOnce(output, `${factsMark}api\n`);
  const lines = head
    .split('\n')
    .filter((line) => line.startsWith(factsMark))
    .map((line) => line.slice(factsMark.length));
  const valuesOf = (key: string) =>
    lines.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
  const [infoAnswer, containersAnswer, servicesAnswer, networkAnswer, imageAnswer, registryAnswer] = parseBatch(tail);
  const engine = info.safeParse(infoAnswer?.body);
  const containers = containerList.safeParse(containersAnswer?.body);
  if (!engine.success || !containers.success) {
    throw new DrayageError(
      'DOCKER_UNREACHABLE',
      `The Docker engine on ${server} did not answer: ${lastLine(errors)}.`,
      {
        hint: `drayage doctor --servers ${server}`,
        cause: engine.error ?? containers.error,
      },
    );
  }
  const services = serviceList.safeParse(servicesAnswer?.body);
  const existing = network.safeParse(networkAnswer?.body);
  const image = imageInfo.safeParse(imageAnswer?.body);
  const slot = valuesOf('slot')[0];
  const record = valuesOf('current')[0];
  const tools = valuesOf('tools')[0];
  const platform = `${engine.data.OSType}/${goArchitecture(engine.data.Architecture)}`;
  return {
    engine: {
      version: engine.data.ServerVersion,
      platform,
      rootless: (engine.data.SecurityOptions ?? []).some((option) => option.includes('rootless')),
    },
    swarm: {
      active: engine.data.Swarm.LocalNodeState === 'active',
      manager: engine.data.Swarm.ControlAvailable,
      nodeId: engine.data.Swarm.NodeID,
      nodes: engine.data.Swarm.Nodes,
    },
    programs: new Set(valuesOf('program')),
    containers: containers.data
      // One that somebody ran by hand of our image has the image's labels, and belongs to no deployment.
      .filter(
        ({ Labels: labels }) => isOwnedBy(request.owner, labels ?? {}) && ownFields(labels ?? {}).deployment !== '',
      )
      .map((container) => ({
        id: container.Id,
        name: (container.Names[0] ?? container.Id).replace(/^\//, ''),
        state: container.State,
        image: container.Image,
        ...ownFields(container.Labels ?? {}),
      })),
    services: (services.data ?? []).map((service) => {
      const { deployment, specHash } = ownFields(service.Spec.Labels ?? {});
      const { RunningTasks: running = 0, DesiredTasks: desired = 0 } = service.ServiceStatus ?? {};
      const { Mode: mode, TaskTemplate: template } = service.Spec;
      const container = template?.ContainerSpec ?? undefined;
      const found = {
        replicas: mode?.Replicated?.Replicas,
        image: container?.Image,
        env: container === undefined ? undefined : (container.Env ?? []),
      };
      return { name: service.Spec.Name, deployment, specHash, running, desired, found };
    }),
    network: existing.success
      ? {
          driver: existing.data.Driver,
          attachable: existing.data.Attachable,
          owned: isOwnedBy({ ...request.owner, service: undefined }, existing.data.Labels ?? {}),
        }
      : undefined,
    activeSlot: slot === 'blue' || slot === 'green' ? slot : undefined,
    image: image.success
      ? {
          platform: `${image.data.Os}/${image.data.Architecture}`,
          id: image.data.Id,
          user: image.data.Config?.User ?? '',
        }
      : undefined,
    registry: registryFacts(registryAnswer),
    current: record === undefined ? undefined : parseRecord(record),
    tools: tools === undefined ? undefined : new Set(tools.split(' ').filter((tool) => tool !== '')),
    portHolders: parsePortHolders(
      valuesOf('socket'),
      containers.data.map((container) => ({
        name: (container.Names[0] ?? container.Id).replace(/^\//, ''),
        own: isOwnedBy(request.owner, container.Labels ?? {}),
        ports: container.Ports ?? [],
      })),
    ),
  };
}

function ownFields(labels: Readonly<Record<string, string>>): Pick<OwnContainer, 'deployment' | 'specHash' | 'slot'> {
  const slot = labels[`${labelPrefix}.slot`];
  return {
    deployment: labels[`${labelPrefix}.deployment`] ?? '',
    specHash: labels[`${labelPrefix}.spec`] ?? '',
    slot: slot === 'blue' || slot === 'green' ? slot : undefined,
  };
}

function registryFacts(answer: { status: number; body: unknown } | undefined): NodeFacts['registry'] {
  const found = distribution.safeParse(answer?.body);
  if (found.success && answer?.status === 200) {
    const platforms = (found.data.Platforms ?? []).map(({ os, architecture }) => `${os}/${architecture}`);
    return { digest: found.data.Descriptor.digest, platforms };
  }
  const message = failure.safeParse(answer?.body);
  return { error: message.data?.message ?? '', status: answer?.status ?? 0 };
}

/** `uname -m` as the engine reports it, in the words images use. */
function goArchitecture(machine: string): string {
  const known: Record<string, string> = {
    x86_64: 'amd64',
    aarch64: 'arm64',
    armv7l: 'arm',
    armv6l: 'arm',
    i686: '386',
  };
  return known[machine] ?? machine;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() || 'it gave no reason';
}
