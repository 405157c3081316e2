import * as z from 'zod';
import { isOwnedBy, labelPrefix, networkName, type Owner, ownerLabels } from '../config/names.ts';
import { type BatchRequest, batchScript, parseBatch } from '../docker/api-batch.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { proxyPaths, type Slot } from '../proxy/slot.ts';
import { quote } from '../transport/shell.ts';
import { type PortHolder, parsePortHolders } from './port-holder.ts';
import { type DeploymentRecord, deploymentPaths, parseRecord } from './record.ts';

/** A container of this service, running or not. */
export interface OwnContainer {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly image: string;
  readonly deployment: string;
  readonly slot: Slot | undefined;
  readonly specHash: string;
}

/** A Swarm service of this service. */
export interface OwnService {
  readonly name: string;
  readonly deployment: string;
  readonly specHash: string;
  readonly running: number;
  readonly desired: number;
}

/** What one look at a node tells. */
export interface NodeFacts {
  readonly engine: { readonly version: string; readonly platform: string; readonly rootless: boolean };
  readonly swarm: { readonly active: boolean; readonly manager: boolean; readonly nodeId: string };
  /** Programs a probe can use, of curl, wget, bash and nc. */
  readonly programs: ReadonlySet<string>;
  readonly containers: readonly OwnContainer[];
  /** The Swarm services of this service by name. */
  readonly services: readonly OwnService[];
  readonly network: { readonly driver: string; readonly attachable: boolean; readonly owned: boolean } | undefined;
  readonly activeSlot: Slot | undefined;
  /** The wanted image where it is on the node already. */
  readonly image: { readonly platform: string; readonly id: string } | undefined;
  /** What the registry answered the node about the wanted image. */
  readonly registry:
    | { readonly digest: string; readonly platforms: readonly string[] }
    | { readonly error: string; readonly status: number };
  /** The deployment that serves. */
  readonly current: DeploymentRecord | undefined;
  /** What the wanted image offers to health checks, where it was looked into before. */
  readonly tools: ReadonlySet<string> | undefined;
  /** Container of another owner that has one of the wanted ports, or process on the node. */
  readonly portHolders: readonly PortHolder[];
}

export interface FactsRequest {
  readonly owner: Owner;
  readonly resource: string;
  readonly stateDir: string;
  /** What is to be deployed; undefined: the node is only looked at. */
  readonly image?: string;
  /** X-Registry-Auth: base64url of the credentials as JSON. */
  readonly registryAuth?: string;
}

/** Where a node remembers what an image offers: an image with a digest never changes. */
export function toolsFile(stateDir: string, image: string): string {
  return `${stateDir}/images/${image.slice(image.lastIndexOf('sha256:') + 'sha256:'.length)}`;
}

const mark = '@@facts ';

/** POSIX sh; its output is for `parseFacts`. */
export function factsScript(request: FactsRequest): string {
  const paths = deploymentPaths(request.stateDir, request.resource);
  const active = `${proxyPaths(request.stateDir).active}/${request.resource}`;
  return `for program in curl wget bash nc; do command -v "$program" >/dev/null 2>&1 && echo "${mark}program $program"; done
for slot in blue green; do [ -e ${quote(active)}/$slot ] && echo "${mark}slot $slot"; done
if [ -s ${quote(paths.current)} ]; then printf '${mark}current '; cat ${quote(paths.folder)}/"$(cat ${quote(paths.current)})".json; echo; fi
if command -v ss >/dev/null 2>&1; then ss -Hltunp 2>/dev/null | sed 's/^/${mark}socket /'; fi
${request.image === undefined ? '' : `[ -e ${quote(toolsFile(request.stateDir, request.image))} ] && echo "${mark}tools $(cat ${quote(toolsFile(request.stateDir, request.image))})"`}
echo '${mark}api'
${batchScript(requests(request))}`;
}

function requests({ owner, image, registryAuth }: FactsRequest): BatchRequest[] {
  const labels = Object.entries(ownerLabels(owner)).map(([key, value]) => `${key}=${value}`);
  const byOwner = encodeURIComponent(JSON.stringify({ label: labels }));
  const headers: Record<string, string> = registryAuth === undefined ? {} : { 'X-Registry-Auth': registryAuth };
  return [
    { path: '/info' },
    { path: '/containers/json?all=1' },
    { path: `/services?status=true&filters=${byOwner}` },
    { path: `/networks/${encodeURIComponent(networkName(owner))}` },
    ...(image === undefined ? [] : [{ path: `/images/${image}/json` }]),
    // A local image id has no registry to ask.
    ...(image === undefined || image.startsWith('sha256:') ? [] : [{ path: `/distribution/${image}/json`, headers }]),
  ];
}

const info = z.looseObject({
  ServerVersion: z.string(),
  OSType: z.string(),
  Architecture: z.string(),
  SecurityOptions: z.array(z.string()).nullish(),
  Swarm: z.looseObject({ NodeID: z.string(), LocalNodeState: z.string(), ControlAvailable: z.boolean() }),
});
const containerList = z.array(
  z.looseObject({
    Id: z.string(),
    Names: z.array(z.string()),
    State: z.string(),
    Image: z.string(),
    Labels: z.record(z.string(), z.string()).nullish(),
    Ports: z.array(z.looseObject({ PublicPort: z.number().optional(), Type: z.string() })).nullish(),
  }),
);
const serviceList = z.array(
  z.looseObject({
    Spec: z.looseObject({ Name: z.string(), Labels: z.record(z.string(), z.string()).nullish() }),
    ServiceStatus: z.looseObject({ RunningTasks: z.number(), DesiredTasks: z.number() }).partial().nullish(),
  }),
);
const network = z.looseObject({
  Driver: z.string(),
  Attachable: z.boolean(),
  Labels: z.record(z.string(), z.string()).nullish(),
});
const imageInfo = z.looseObject({ Id: z.string(), Os: z.string(), Architecture: z.string() });
const distribution = z.looseObject({
  Descriptor: z.looseObject({ digest: z.string() }),
  Platforms: z.array(z.looseObject({ os: z.string().optional(), architecture: z.string().optional() })).nullish(),
});
const failure = z.looseObject({ message: z.string() });

/** Throws DOCKER_UNREACHABLE when the engine did not answer. */
export function parseFacts(output: string, errors: string, request: FactsRequest, server: string): NodeFacts {
  const [head = '', tail = ''] = splitOnce(output, `${mark}api\n`);
  const lines = head
    .split('\n')
    .filter((line) => line.startsWith(mark))
    .map((line) => line.slice(mark.length));
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
        hint: `drayage doctor --server ${server}`,
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
    },
    programs: new Set(valuesOf('program')),
    containers: containers.data
      .filter((container) => isOwnedBy(request.owner, container.Labels ?? {}))
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
      return { name: service.Spec.Name, deployment, specHash, running, desired };
    }),
    network: existing.success
      ? {
          driver: existing.data.Driver,
          attachable: existing.data.Attachable,
          owned: isOwnedBy({ ...request.owner, service: undefined }, existing.data.Labels ?? {}),
        }
      : undefined,
    activeSlot: slot === 'blue' || slot === 'green' ? slot : undefined,
    image: image.success ? { platform: `${image.data.Os}/${image.data.Architecture}`, id: image.data.Id } : undefined,
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
