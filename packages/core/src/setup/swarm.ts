import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../context.ts';
import type { Engine } from '../docker/client.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import type { Server } from '../transport/server.ts';
import type { ServerFacts } from './facts.ts';

export interface SwarmMember {
  readonly server: Server;
  readonly facts: ServerFacts;
}

const port = 2377;

export interface SwarmPlan {
  readonly leader: SwarmMember;
  /** Whether the leader has to start the Swarm first. */
  readonly start: boolean;
  readonly joining: readonly SwarmMember[];
}

/**
 * Who leads and who joins; the first server leads where none does yet. undefined when all are members. Throws SWARM_FAILED
 * when servers belong to different Swarms, or only to one whose manager is not among them.
 */
export function planSwarm(members: readonly SwarmMember[]): SwarmPlan | undefined {
  const swarmOf = ({ facts }: SwarmMember) => facts.docker?.swarm;
  const managers = members.filter((member) => swarmOf(member)?.manager);
  const clusters = new Set(managers.map((member) => swarmOf(member)?.cluster));
  if (clusters.size > 1) {
    throw new DrayageError('SWARM_FAILED', `${namesOf(managers)} belong to different Swarms.`, {
      hint: 'Decide which one stays, and run `docker swarm leave --force` on the others.',
    });
  }
  const active = members.filter((member) => swarmOf(member)?.state === 'active');
  const [leader] = managers.length > 0 ? managers : members;
  if (leader === undefined) return undefined;
  if (managers.length === 0 && active.length > 0) {
    throw new DrayageError(
      'SWARM_FAILED',
      `${namesOf(active)} belong to a Swarm whose manager is not among the deploy servers.`,
      {
        hint: 'Add the manager to deploy.servers, or run `docker swarm leave` there.',
      },
    );
  }
  const joining = members.filter((member) => member !== leader && swarmOf(member)?.state !== 'active');
  const start = managers.length === 0;
  return start || joining.length > 0 ? { leader, start, joining } : undefined;
}

/** Starts the Swarm and lets the others join, through the engines' APIs: a token is never part of a command line. */
export async function applySwarm(context: Context, { leader, start, joining }: SwarmPlan): Promise<readonly string[]> {
  // Loaded only where a Swarm is made: it is the largest part of the program.
  const { engineOn } = await import('../docker/client.ts');
  const engine = engineOn(leader.server);
  const engines = [engine];
  try {
    const address = leader.facts.docker?.swarm.address || leader.facts.address;
    if (start) {
      const request = { AdvertiseAddr: leader.facts.address, ListenAddr: `0.0.0.0:${port}`, ForceNewCluster: false };
      await engine.call('Starting the Swarm', (docker) => docker.swarmInit(request));
    }
    if (joining.length === 0) return [leader.server.name];
    const swarm = await engine.call('Reading the join token', (docker) => docker.swarmInspect());
    const token: string = swarm.JoinTokens.Worker;
    context.report.mask(token);
    await Promise.all(
      joining.map(async ({ server, facts }) => {
        const member = engineOn(server);
        engines.push(member);
        const request = {
          RemoteAddrs: [`${address}:${port}`],
          JoinToken: token,
          AdvertiseAddr: facts.address,
          ListenAddr: `0.0.0.0:${port}`,
        };
        await join(member, request, leader.server.name);
      }),
    );
    await awaitReady(context, engine, joining);
    return [...(start ? [leader.server.name] : []), ...joining.map(({ server }) => server.name)];
  } finally {
    for (const each of engines) each.close();
  }
}

async function join(engine: Engine, request: object, leader: string): Promise<void> {
  try {
    await engine.call('Joining the Swarm', (docker) => docker.swarmJoin(request));
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new DrayageError('SWARM_FAILED', `${engine.server.name} could not join the Swarm of ${leader}: ${said}`, {
      hint: `Open 2377/tcp, 7946/tcp, 7946/udp and 4789/udp from ${engine.server.name} to ${leader}.`,
      cause,
    });
  }
}

/** A node may take work once the manager calls it ready. */
async function awaitReady(context: Context, engine: Engine, joining: readonly SwarmMember[]): Promise<void> {
  const deadline = Date.now() + 30_000;
  const identities = await Promise.all(joining.map(({ server }) => nodeIdOf(server)));
  for (;;) {
    const nodes: readonly unknown[] = await engine.call('Listing the nodes', (docker) => docker.listNodes());
    const ready = new Set(nodes.flatMap((node) => (isReady(node) ? [node.ID] : [])));
    const late = joining.filter((_, index) => !ready.has(identities[index] ?? ''));
    if (late.length === 0) return;
    if (Date.now() > deadline) {
      throw new DrayageError(
        'SWARM_FAILED',
        `${namesOf(late)} joined the Swarm but did not become ready within 30 s.`,
        {
          hint: 'Open 7946/tcp, 7946/udp and 4789/udp between the servers.',
        },
      );
    }
    await sleep(200, undefined, { signal: context.signal });
  }
}

async function nodeIdOf(server: Server): Promise<string> {
  const { stdout } = await server.run(['docker', 'info', '--format', '{{.Swarm.NodeID}}']);
  return stdout.trim();
}

function isReady(node: unknown): node is { ID: string } {
  const { ID, Status } = node as { ID?: unknown; Status?: { State?: unknown } };
  return typeof ID === 'string' && Status?.State === 'ready';
}

const namesOf = (members: readonly SwarmMember[]): string => members.map(({ server }) => server.name).join(' and ');
