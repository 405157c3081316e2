import { networkName, type Owner, ownerLabels } from '../config/names.ts';
import { type BatchRequest, batchScript } from '../docker/api-batch.ts';
import { proxyPaths, type Slot } from '../proxy/slot.ts';
import { isLoopbackImage } from '../registry/loopback.ts';
import { quote } from '../transport/shell.ts';
import type { PortHolder } from './port-holder.ts';
import { type DeploymentRecord, deploymentPaths } from './record.ts';

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
  /** What its specification says now, whoever wrote it; undefined where it does not say. */
  readonly found: {
    readonly replicas: number | undefined;
    readonly image: string | undefined;
    /** `NAME=value`, secrets among them. */
    readonly env: readonly string[] | undefined;
  };
}

/** What one look at a node tells. */
export interface NodeFacts {
  readonly engine: { readonly version: string; readonly platform: string; readonly rootless: boolean };
  readonly swarm: {
    readonly active: boolean;
    readonly manager: boolean;
    readonly nodeId: string;
    /** How many nodes the Swarm has; only a manager knows. */
    readonly nodes?: number;
  };
  /** Programs a probe can use, of curl, wget, bash and nc. */
  readonly programs: ReadonlySet<string>;
  readonly containers: readonly OwnContainer[];
  /** The Swarm services of this service by name. */
  readonly services: readonly OwnService[];
  readonly network: { readonly driver: string; readonly attachable: boolean; readonly owned: boolean } | undefined;
  readonly activeSlot: Slot | undefined;
  /** The wanted image where it is on the node already. */
  readonly image: { readonly platform: string; readonly id: string; readonly user: string } | undefined;
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

/** Begins the lines that are facts. */
export const factsMark = '@@facts ';
const mark = factsMark;

/** POSIX sh; its output is for `parseFacts`. Asks the engine too, after the rest: so it can stand behind what takes a lock. */
export function factsScript(request: FactsRequest): string {
  return `${nodeScript(request)}echo '${mark}api'
${batchScript(engineRequests(request))}`;
}

/** What both halves of a look printed, as `factsScript` prints it. */
export function wholeLook(node: string, engine: string): string {
  return `${node}\n${mark}api\n${engine}`;
}

/** The half of it that is about the node itself. */
export function nodeScript(request: FactsRequest): string {
  const paths = deploymentPaths(request.stateDir, request.resource);
  const active = `${proxyPaths(request.stateDir).active}/${request.resource}`;
  return `for program in curl wget bash nc; do command -v "$program" >/dev/null 2>&1 && echo "${mark}program $program"; done
for slot in blue green; do [ -e ${quote(active)}/$slot ] && echo "${mark}slot $slot"; done
if [ -s ${quote(paths.current)} ]; then printf '${mark}current '; cat ${quote(paths.folder)}/"$(cat ${quote(paths.current)})".json; echo; fi
if command -v ss >/dev/null 2>&1; then ss -Hltunp 2>/dev/null | sed 's/^/${mark}socket /'; fi
${request.image === undefined ? '' : `[ -e ${quote(toolsFile(request.stateDir, request.image))} ] && echo "${mark}tools $(cat ${quote(toolsFile(request.stateDir, request.image))})"`}
`;
}

/** The other half, for `askEngine`. */
export function engineRequests({ owner, resource, image, registryAuth }: FactsRequest): BatchRequest[] {
  const labels = Object.entries(ownerLabels(owner)).map(([key, value]) => `${key}=${value}`);
  const byOwner = encodeURIComponent(JSON.stringify({ label: labels }));
  const headers: Record<string, string> = registryAuth === undefined ? {} : { 'X-Registry-Auth': registryAuth };
  return [
    { path: '/info', earlier: true },
    { path: '/containers/json?all=1' },
    { path: `/services?status=true&filters=${byOwner}` },
    { path: `/networks/${encodeURIComponent(networkName(owner))}` },
    ...(image === undefined ? [] : [{ path: `/images/${image}/json` }]),
    // A local image id has no registry to ask, and neither has what came to the node over SSH.
    ...(image === undefined || image.startsWith('sha256:') || isLoopbackImage(resource, image)
      ? []
      : [{ path: `/distribution/${image}/json`, headers }]),
  ];
}
