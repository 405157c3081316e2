import { parseImage } from '../config/image-reference.ts';
import type { Project, RegistrySpec, ServiceSpec } from '../config/model.ts';
import { type Owner, ownerOf, resourceName } from '../config/names.ts';
import type { Context } from '../context.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { registryOfImage } from '../registry/credentials.ts';
import { registryAuthHeader } from '../registry/docker-config.ts';
import { withLogins } from '../registry/login.ts';
import type { Lease } from '../transport/lease.ts';
import type { Server } from '../transport/server.ts';
import type { Change } from './diff.ts';
import { lockAndLook, lookAtNodes, type Node } from './look.ts';
import { lookupName, pinImage, requireArrived } from './pin.ts';
import type { Mode, StandalonePlan } from './plan.ts';
import { newDeploymentId, type RecordHead, runFields } from './record.ts';
import { rollStandalone } from './roll-standalone.ts';
import { rollSwarm } from './roll-swarm.ts';
import type { ResolvedRun } from './run-spec.ts';
import { actOn, type FreshImage, type Sighting } from './sighting.ts';
import { specHash } from './spec-hash.ts';
import type { SwarmPlan } from './swarm-plan.ts';

/** What is to be rolled out, from drayage.yml or from a record. */
export interface RollRequest {
  readonly project: Project;
  readonly service: ServiceSpec;
  readonly image: string;
  /** What runs of the image once its digest is known. */
  readonly resolve: (pinnedImage: string) => ResolvedRun;
  readonly commit?: string;
  readonly fresh?: FreshImage;
  readonly sighting?: Sighting;
  readonly title: string;
  readonly description?: string;
  readonly dryRun: boolean;
  /** For a dry run: the image has yet to be built, and differs so from the one that runs. */
  readonly change?: Change;
  /** How the deployment that is repeated ran; decided anew where undefined. */
  readonly mode?: Mode;
  /** Replaces what runs even where nothing differs. */
  readonly force?: boolean;
  /** The lock, where the caller holds it already; it has to cover all nodes and, in Swarm mode, the proxy's. */
  readonly lease?: Lease;
  /** Milliseconds to wait for a lock that another run holds; by default a little longer than the lock of a dead run lives. */
  readonly lockWait?: number;
}

const usualWait = 75_000;

export interface DeployResult {
  /** Of the deployment that serves now; empty where nothing was ever deployed (dry run). */
  readonly deploymentId: string;
  readonly status: 'done' | 'unchanged' | 'planned';
  readonly pinnedImage: string;
  readonly previousImage: string | undefined;
  readonly nodes: readonly (StandalonePlan | SwarmPlan)[];
}

export interface Outcome<Plan> {
  /** `overtaken`: another run was quicker than a job that was to take the lock itself; nothing was changed. */
  readonly status: 'done' | 'unchanged' | 'planned' | 'overtaken';
  readonly plans: readonly Plan[];
}

/** Everything both modes need, once the nodes have been looked at. */
export interface Roll {
  readonly owner: Owner;
  readonly resource: string;
  readonly nodes: readonly Node[];
  /** Nodes that run a proxy. */
  readonly proxies: readonly Server[];
  readonly run: ResolvedRun;
  readonly head: Omit<RecordHead, 'mode' | 'logPath' | 'slot' | 'strategy' | 'previousImage'>;
  readonly registryAuth: string | undefined;
  /** Where the image comes from, logged in to. */
  readonly registry: RegistrySpec;
  readonly fresh: FreshImage | undefined;
  /** undefined for a dry run: nothing will be changed. */
  readonly lease: Lease | undefined;
  /** Whether the lock was taken for this deployment alone. */
  readonly ownsLease: boolean;
  readonly force: boolean;
  /** Beside what the plan finds by itself. */
  readonly change: Change | undefined;
}

/** Looks at the nodes, decides, says what it will do, and does it on all of them. */
export async function roll(context: Context, given: RollRequest): Promise<DeployResult> {
  const { service } = given;
  const { host } = registryOfImage(given.project.registries, given.image);
  const [servers, project] = await Promise.all([
    connectAll(context, service.deploy.servers),
    withLogins(context, given.project, (registry) => registry.host === host),
  ]);
  const request = { ...given, project };
  if (servers.length === 0) {
    throw new DrayageError('DEPLOY_IMPOSSIBLE', `Service ${service.name} names no server to run on.`, {
      hint: 'Set `deploy.servers`.',
    });
  }
  const owner = ownerOf(project, service);
  const resource = resourceName(owner);
  const registryAuth = registryAuthHeader(registryOfImage(project.registries, request.image));
  const wanted = { owner, resource, image: lookupName(request.image), registryAuth };
  const title = `${service.name}: look at ${service.deploy.servers.join(', ')}`;
  if (request.lease !== undefined || request.dryRun) {
    const nodes = await context.report.phase(title, () => lookAtNodes(context, servers, wanted));
    return rollUnder(context, request, nodes, request.lease);
  }
  const ahead = await rollAhead(context, request);
  if (ahead !== undefined) return ahead;
  const places = await lockPlaces(context, request, servers);
  const { lease, nodes } = await context.report.phase(title, (phase) =>
    lockAndLook(context, phase, servers, wanted, { resource, places, wait: request.lockWait ?? usualWait }),
  );
  // On a single node the job has freed the lock when it is done; there is nothing to wait for.
  let isFreed = false;
  try {
    const result = await rollUnder(context, request, nodes, lease);
    isFreed = result.status === 'done' && places.length === 1;
    return result;
  } finally {
    const release = lease.release();
    if (!isFreed) await release;
  }
}

/** With what was seen of the node before; undefined where that cannot be, or another run was quicker. */
async function rollAhead(context: Context, request: RollRequest): Promise<DeployResult | undefined> {
  const { sighting, fresh } = request;
  const digest = parseImage(request.image)?.digest;
  if (sighting === undefined || fresh === undefined || digest === undefined) return undefined;
  const seen = actOn(context, sighting, { digest, platform: fresh.platform });
  if (seen === undefined) return undefined;
  const { node, lease } = seen;
  let isFreed = false;
  try {
    const result = await tryUnder(context, request, [node], lease);
    isFreed = result?.status === 'done';
    if (result === undefined)
      context.report.note(`${request.service.name}: another run has deployed meanwhile; looking again.`);
    return result;
  } finally {
    const release = lease.release();
    if (!isFreed) await release;
  }
}

async function rollUnder(
  context: Context,
  request: RollRequest,
  nodes: readonly Node[],
  lease: Lease | undefined,
): Promise<DeployResult> {
  const result = await tryUnder(context, request, nodes, lease);
  if (result !== undefined) return result;
  throw new DrayageError('INTERNAL_BUG', 'A job did not have the lock that was taken for it.');
}

/** undefined where another run was quicker than the job that was to take the lock. */
async function tryUnder(
  context: Context,
  request: RollRequest,
  nodes: readonly Node[],
  lease: Lease | undefined,
): Promise<DeployResult | undefined> {
  const { project, service } = request;
  const owner = ownerOf(project, service);
  const resource = resourceName(owner);
  const registry = registryOfImage(project.registries, request.image);
  const registryAuth = registryAuthHeader(registry);
  const mode = modeFor(request, nodes);
  const speaker = (mode === 'swarm' ? nodes.find((node) => node.facts.swarm.manager) : nodes[0]) ?? nodes[0];
  if (speaker === undefined) throw new DrayageError('INTERNAL_BUG', 'There is no node to decide for.');
  const pinnedImage = pinImage(request.image, speaker.server.name, speaker.facts);
  // What `up` would do is told of an image that has yet to be made, or to travel.
  if (!request.dryRun || request.mode !== undefined) requireArrived(pinnedImage, nodes);
  const run = request.resolve(pinnedImage);
  const head = {
    id: newDeploymentId(),
    title: request.title,
    description: request.description,
    commit: request.commit,
    pinnedImage,
    resource,
    service: service.name,
    ...runFields(context.run),
    specHash: specHash(run.spec),
    spec: run.spec,
  };
  const proxies = mode === 'swarm' ? await connectAll(context, project.proxy?.servers ?? []) : [];
  const details: Roll = {
    owner,
    resource,
    nodes,
    proxies,
    run,
    head,
    registryAuth,
    registry,
    fresh: request.fresh,
    lease,
    ownsLease: request.lease === undefined,
    force: request.force ?? request.change !== undefined,
    change: request.change,
  };
  const outcome = mode === 'swarm' ? await rollSwarm(context, details) : await rollStandalone(context, details);
  if (outcome.status === 'overtaken') return undefined;
  const current = speaker.facts.current;
  return {
    deploymentId: outcome.status === 'done' ? head.id : (current?.id ?? ''),
    status: outcome.status,
    // Of one that has yet to be built nobody knows the digest.
    pinnedImage: request.change === undefined ? pinnedImage : '',
    previousImage: current?.pinnedImage,
    nodes: outcome.plans,
  };
}

/** `auto` is decided once: what a service was deployed as stays, until drayage.yml says otherwise. */
function modeFor({ mode, service }: RollRequest, nodes: readonly Node[]): Mode {
  const asked = mode ?? (service.deploy.mode === 'auto' ? undefined : service.deploy.mode);
  const recorded = nodes.find((node) => node.facts.current !== undefined)?.facts.current?.mode;
  const chosen = asked ?? recorded ?? (nodes.some((node) => node.facts.swarm.active) ? 'swarm' : 'standalone');
  if (chosen === 'swarm' && !nodes.some((node) => node.facts.swarm.manager)) {
    const names = nodes.map((node) => node.server.name).join(', ');
    throw new DrayageError(
      'DEPLOY_IMPOSSIBLE',
      `Service ${service.name} is to run on a Swarm, but none of its servers (${names}) is a manager of one.`,
      { hint: 'Add a manager to `deploy.servers`, run `drayage setup-deploy-node`, or set `deploy.mode: standalone`.' },
    );
  }
  return chosen;
}

/** All nodes a deployment may change: its own, and on a Swarm those of the proxy. */
async function lockPlaces(context: Context, { project, service, mode }: RollRequest, servers: readonly Server[]) {
  if ((mode ?? service.deploy.mode) === 'standalone') return servers;
  const proxies = await connectAll(context, project.proxy?.servers ?? []);
  return [...new Set([...servers, ...proxies])];
}

function connectAll(context: Context, names: readonly string[]): Promise<readonly Server[]> {
  return Promise.all(names.map((name) => context.connect(name)));
}
