import type { Context } from '../context.ts';
import type { Server } from '../transport/server.ts';
import { type FactsRequest, factsScript, type NodeFacts } from './facts.ts';
import { parseFacts } from './facts-parse.ts';

export interface Node {
  readonly server: Server;
  readonly facts: NodeFacts;
}

/** Asks all nodes at once what runs there. Changes nothing. */
export async function lookAtNodes(
  context: Context,
  servers: readonly Server[],
  wanted: Omit<FactsRequest, 'stateDir'>,
): Promise<readonly Node[]> {
  return Promise.all(
    servers.map(async (server) => {
      const request = { ...wanted, stateDir: server.account.stateDir };
      const { stdout, stderr } = await server.script(factsScript(request), {
        purpose: 'Looking at the node',
        accept: 'any',
        signal: context.signal,
      });
      return { server, facts: parseFacts(stdout, stderr, request, server.name) };
    }),
  );
}
