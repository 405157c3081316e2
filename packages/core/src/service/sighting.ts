import type { Project, ServiceSpec } from '../config/model.ts';
import { ownerOf, resourceName } from '../config/names.ts';
import type { Context } from '../context.ts';
import { askEngine } from '../docker/ask.ts';
import { LeaseAhead, type SeenLock } from '../transport/lease-ahead.ts';
import { seenScript } from '../transport/lease-script.ts';
import { engineRequests, nodeScript, wholeLook } from './facts.ts';
import { parseFacts } from './facts-parse.ts';
import type { Node } from './look.ts';

/** What was seen of a service's only node, and of its lock, while the image was still being made. */
export interface Sighting {
  readonly node: Node;
  readonly lock: SeenLock;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What is known of an image that was pushed just now, so that the node need not ask for it. */
export interface FreshImage {
  /** `os/architecture`. */
  readonly platform: string;
  /** Who its containers run as; empty: root. */
  readonly user: string;
}

/** Milliseconds. Whatever else happens on the node, the job copes with or refuses; but nobody should be told old news. */
const freshness = 30_000;

/**
 * Looks at the node of a service ahead of its deployment, taking no lock. undefined where a deployment has to look under
 * the lock anyway: several nodes, a proxy elsewhere, or another run at work.
 */
export async function sight(context: Context, project: Project, service: ServiceSpec): Promise<Sighting | undefined> {
  const [name, ...others] = service.deploy.servers;
  const elsewhere = (project.proxy?.servers ?? []).some((proxy) => proxy !== name);
  if (name === undefined || others.length > 0 || (service.deploy.mode !== 'standalone' && elsewhere)) return undefined;
  const server = await context.connect(name);
  const owner = ownerOf(project, service);
  const resource = resourceName(owner);
  const request = { owner, resource, stateDir: server.account.stateDir };
  const asking = { purpose: 'Looking at the node', signal: context.signal };
  const { stdout } = await server.script(`${seenScript(resource)}${nodeScript(request)}`, {
    ...asking,
    repeatable: true,
    accept: 'any',
  });
  const [lock = '', ...facts] = stdout.split('\n');
  const [word, fence] = lock.split(' ');
  if (word !== 'free') return undefined;
  // Not before the lock was seen free: what another run changed while it held the lock would be missing here, and nothing
  // would tell, since the lock has not been taken again since.
  const engine = await askEngine(server, engineRequests(request), asking);
  return {
    node: { server, facts: parseFacts(wholeLook(facts.join('\n'), engine.text), engine.errors, request, name) },
    lock: { name: resource, fence: Number(fence) },
    at: Date.now(),
  };
}

/** The node as it was seen, with a lock that the deployment's job takes itself; undefined where it was seen too long ago. */
export function actOn(
  context: Context,
  { node, lock, at }: Sighting,
  { digest, platform }: { readonly digest: string; readonly platform: string },
): { readonly node: Node; readonly lease: LeaseAhead } | undefined {
  if (Date.now() - at > freshness) return undefined;
  return {
    node: { ...node, facts: { ...node.facts, registry: { digest, platforms: [platform] } } },
    lease: new LeaseAhead(node.server, lock, context.run),
  };
}
