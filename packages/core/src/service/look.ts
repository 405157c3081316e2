import type { Owner } from '../config/names.ts';
import type { Context } from '../context.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import type { Phase } from '../report/report.ts';
import { acquireAll, type Lease } from '../transport/lease.ts';
import type { Server } from '../transport/server.ts';
import { type FactsRequest, factsScript, type NodeFacts } from './facts.ts';
import { parseFacts } from './facts-parse.ts';

export interface Node {
  readonly server: Server;
  readonly facts: NodeFacts;
}

type Wanted = Omit<FactsRequest, 'stateDir'>;

/** Asks all nodes at once what runs there. Changes nothing. */
export async function lookAtNodes(
  context: Context,
  servers: readonly Server[],
  wanted: Wanted,
): Promise<readonly Node[]> {
  return Promise.all(
    servers.map(async (server) => {
      const request = { ...wanted, stateDir: server.account.stateDir };
      const { stdout, stderr } = await server.script(factsScript(request), {
        purpose: 'Looking at the node',
        repeatable: true,
        accept: 'any',
        signal: context.signal,
      });
      return { server, facts: parseFacts(stdout, stderr, request, server.name) };
    }),
  );
}

export interface LockRequest {
  readonly resource: string;
  /** All servers the deployment may change; those to look at are among them. */
  readonly places: readonly Server[];
  /** Milliseconds to wait for a lock that another run holds. */
  readonly wait: number;
}

/** Takes the lock on all places and looks at the nodes in the same turn. The caller frees the lock. */
export async function lockAndLook(
  context: Context,
  phase: Phase,
  servers: readonly Server[],
  wanted: Wanted & { readonly owner: Owner },
  lock: LockRequest,
): Promise<{ lease: Lease; nodes: readonly Node[] }> {
  const requestOn = (server: Server) => ({ ...wanted, stateDir: server.account.stateDir });
  const printed = new Map<Server, { stdout: string; stderr: string }>();
  const lease = await acquireAll(lock.places, lock.resource, context.run, {
    signal: context.signal,
    wait: lock.wait,
    onWait: ({ serverName, who, since }) =>
      phase.note(`waiting for the lock of ${lock.resource} on ${serverName}, which ${who} holds since ${since}`),
    look: (server) => (servers.includes(server) ? factsScript(requestOn(server)) : ':'),
    onLooked: (server, text) => printed.set(server, text),
  });
  try {
    const nodes = servers.map((server) => {
      const text = printed.get(server);
      if (text === undefined) throw new DrayageError('INTERNAL_BUG', `${server.name} was locked but not looked at.`);
      return { server, facts: parseFacts(text.stdout, text.stderr, requestOn(server), server.name) };
    });
    return { lease, nodes };
  } catch (error) {
    await lease.release();
    throw error;
  }
}
