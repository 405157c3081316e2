import type { Context } from '../context.ts';
import { type FactsRequest, factsScript, type OwnContainer } from './facts.ts';
import { parseFacts } from './facts-parse.ts';
import { type HistoryRequest, placeOf } from './history.ts';
import type { DeploymentRecord } from './record.ts';

export interface NodeStatus {
  readonly server: string;
  /** The deployment that serves; undefined before the first one. */
  readonly current: DeploymentRecord | undefined;
  readonly containers: readonly (OwnContainer & { readonly isServing: boolean })[];
}

/** What runs of a service, on each of its nodes. Changes nothing. */
export async function serviceStatus(context: Context, request: HistoryRequest): Promise<readonly NodeStatus[]> {
  const { servers, owner, resource } = placeOf(request);
  return Promise.all(
    servers.map(async (name) => {
      const server = await context.connect(name);
      const wanted: FactsRequest = { owner, resource, stateDir: server.account.stateDir };
      const { stdout, stderr } = await server.script(factsScript(wanted), {
        purpose: 'Looking at the node',
        repeatable: true,
        accept: 'any',
        signal: context.signal,
      });
      const { current, containers } = parseFacts(stdout, stderr, wanted, name);
      return {
        server: name,
        current,
        containers: containers.map((container) => ({
          ...container,
          isServing: container.state === 'running' && container.deployment === current?.id,
        })),
      };
    }),
  );
}
