import { setTimeout as sleep } from 'node:timers/promises';
import type { Project, ServiceSpec } from '../../config/model.ts';
import { ownerOf, resourceName } from '../../config/names.ts';
import { pickService } from '../../config/pick.ts';
import type { Context } from '../../context.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { loopbackImage, loopbackPorts } from '../../registry/loopback.ts';
import { offerImage } from '../../registry/offer.ts';
import type { Phase } from '../../report/report.ts';
import type { Listener, Server } from '../../transport/server.ts';
import { readAhead } from './ahead.ts';
import { type EngineFacts, lookAtEngine } from './engine.ts';
import { Hold } from './hold.ts';
import { lackingLayers } from './lacking.ts';
import { checkPlatforms, planSend, type SendPlan, staysHere, type Target } from './plan.ts';
import { Progress } from './progress.ts';
import { pullOn } from './pull.ts';
import { openImage, type SourceImage } from './source.ts';
import { checkSwarmReach } from './swarm-reach.ts';

export interface SendRequest {
  readonly project: Project;
  /** The service's name. */
  readonly service: string;
  /** Name of the build server that has the image. */
  readonly server: string;
  /** `sha256:…`, as that server's engine names it. */
  readonly imageId: string;
  /** Look and report, move nothing. */
  readonly dryRun?: boolean;
}

/** A node that gets the image. */
interface Node extends Target {
  readonly server: Server;
  readonly engine: EngineFacts;
}

/**
 * Brings an image from its build server to all nodes of the service, where there is no registry: this process is one, which
 * reads the image where the build server stores it, and the nodes pull from a port of their own loopback, over the
 * connections that stand. Only the layers a node lacks travel. Resolves with the name to deploy, which is the same on all
 * nodes: `127.0.0.1:<port>/<resource>@sha256:…`, or the image's id where it need not travel. Throws IMAGE_NOT_FOUND,
 * IMAGE_PLATFORM, IMAGE_TRANSFER_FAILED, DEPLOY_IMPOSSIBLE, DISK_FULL, SSH_FORWARDING_REFUSED, CANCELLED and what connecting throws.
 */
export async function sendImage(context: Context, request: SendRequest): Promise<string> {
  const { project, imageId, server: builder } = request;
  const service = pickService(project, request.service);
  const names = service.deploy.servers;
  if (staysHere(builder, names)) return imageId;
  const resource = resourceName(ownerOf(project, service));
  return context.report.phase(`Send ${service.name} from ${builder} to ${names.join(', ')}`, async (phase) => {
    const { signal } = context;
    const source = await context.connect(builder);
    await using image = await openImage(source, imageId, { phase, signal });
    const nodes = await lookAtNodes(context, service, resource, image.digest);
    checkPlatforms(imageId, image.platform, nodes);
    const plan = planSend(resource, image.digest, nodes);
    const [best = 0] = plan.ports;
    const lacking = plan.lacking(best);
    if (lacking.length === 0) {
      phase.note(`nothing to send: ${names.join(', ')} ${names.length > 1 ? 'have' : 'has'} ${plan.image(best)}`);
      return plan.image(best);
    }
    if (request.dryRun === true) {
      phase.note(`would travel over SSH from ${builder} to ${lacking.join(', ')}: no registry is named.`);
      return plan.image(best);
    }
    return await bringTo({ context, phase, image, nodes, plan, resource });
  });
}

interface Work {
  readonly context: Context;
  readonly phase: Phase;
  readonly image: SourceImage;
  readonly nodes: readonly Node[];
  readonly plan: SendPlan;
  readonly resource: string;
}

async function bringTo({ context, phase, image, nodes, plan, resource }: Work): Promise<string> {
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  using ahead = readAhead(image);
  const receivers = nodes.map((node) => {
    const progress = new Progress(image.blobs, (error) => stop.abort(unreadable(image, error)));
    const hold = node.engine.store === 'content' ? new Hold(progress, image.blobs) : undefined;
    return { node, progress, hold, offer: offerImage(ahead.image, hold ?? progress) };
  });
  const [best = 0] = plan.ports;
  const first = nodes.find(({ name }) => plan.lacking(best).includes(name));
  if (first !== undefined && mayWrite(first.server))
    void lackingLayers(first.server, first.engine, image).then(ahead.open, () => undefined);
  const { port, listeners } = await takePort(plan, receivers);
  const name = plan.image(port);
  const receiving = receivers.filter(({ node }) => plan.lacking(port).includes(node.name));
  const telling = tell(phase, receiving, stop.signal);
  const pulls = receiving.map(async ({ node, progress, hold }) => {
    await pullOn({
      node: node.server,
      name: resource,
      image: name,
      keeper: `drayage.local/${resource}:arrived`,
      plainLayers: image.plainLayers,
      layerStore: node.engine.store === 'overlay' && mayWrite(node.server) ? node.engine.root : undefined,
      hold,
      signal,
    });
    phase.output(`${progress.conclude()}\n`, node.name);
  });
  try {
    await Promise.all(pulls);
  } catch (error) {
    // What kept the image from being read is the cause of all that followed.
    throw stop.signal.aborted && !context.signal.aborted ? stop.signal.reason : error;
  } finally {
    stop.abort();
    await Promise.allSettled([...pulls, telling]);
    for (const { offer } of receivers) offer.close();
    await Promise.allSettled(listeners.map((listener) => listener.close()));
  }
  return name;
}

function unreadable({ digest }: SourceImage, cause: Error): DrayageError {
  return new DrayageError(
    'IMAGE_TRANSFER_FAILED',
    `Image ${digest} cannot be read on its build server: ${cause.message}.`,
    {
      hint: 'Something may have removed it there (docker image prune) meanwhile. Run again.',
      cause,
    },
  );
}

function mayWrite({ account }: Server): boolean {
  return (account.privilege === 'root' || account.privilege === 'sudo') && account.dockerSocket === undefined;
}

interface Receiver {
  readonly node: Node;
  readonly progress: Progress;
  readonly hold: Hold | undefined;
  readonly offer: ReturnType<typeof offerImage>;
}

/** The first port that is free on all nodes that lack the image. Where a server forwards nothing at all, that is said. */
async function takePort(
  plan: SendPlan,
  receivers: readonly Receiver[],
): Promise<{ port: number; listeners: readonly Listener[] }> {
  let refusal: unknown;
  for (const port of plan.ports) {
    const receiving = receivers.filter(({ node }) => plan.lacking(port).includes(node.name));
    const taken = await Promise.allSettled(receiving.map(({ node, offer }) => node.server.listen(port, offer.accept)));
    const listeners = taken.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    if (listeners.length === receiving.length) return { port, listeners };
    await Promise.allSettled(listeners.map((listener) => listener.close()));
    refusal ??= taken.find((one) => one.status === 'rejected')?.reason;
    const isRefusal = refusal instanceof DrayageError && refusal.code === 'SSH_FORWARDING_REFUSED';
    if (!isRefusal) break;
  }
  throw refusal;
}

/** Milliseconds between words about a transfer. */
const pause = 2000;

async function tell(phase: Phase, receiving: readonly Receiver[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(pause, undefined, { signal }).catch(() => undefined);
    for (const { node, progress } of signal.aborted ? [] : receiving) {
      const words = progress.describe();
      if (words !== undefined) phase.output(`${words}\n`, node.name);
    }
  }
}

/** Asks every node what it has, and a Swarm where it might start the service. Changes nothing. */
async function lookAtNodes(
  context: Context,
  service: ServiceSpec,
  resource: string,
  digest: string,
): Promise<readonly Node[]> {
  const ports = loopbackPorts(resource);
  const paths = ports.map((port) => `/images/${loopbackImage(resource, port, digest)}/json`);
  const nodes = await Promise.all(
    service.deploy.servers.map(async (name): Promise<Node> => {
      const server = await context.connect(name);
      const { facts, answers } = await lookAtEngine(server, paths, context.signal);
      const known = ports.filter((_, index) => answers[index] !== undefined);
      return { name, server, engine: facts, machine: facts.machine, known };
    }),
  );
  const manager = nodes.find(({ engine }) => engine.swarm.active && engine.swarm.manager);
  if (service.deploy.mode === 'standalone' || manager === undefined) return nodes;
  const { answers } = await lookAtEngine(manager.server, ['/nodes'], context.signal);
  const reached = new Set(nodes.map(({ engine }) => engine.swarm.nodeId));
  checkSwarmReach(service.name, answers[0], reached, service.deploy.placement.constraints);
  return nodes;
}
