import type { Project, ServiceSpec } from '../config/model.ts';
import type { Context } from '../context.ts';
import { DomainsAhead } from '../domain/ahead.ts';
import { type Sighting, sight } from '../service/sighting.ts';

/** What was learned of one service while the images were made. */
export interface Ahead {
  readonly sighting: Sighting | undefined;
  readonly domains: DomainsAhead;
}

/** Looks at what runs and what the proxies serve, for every service at once. */
export async function lookAhead(
  context: Context,
  project: Project,
  services: readonly ServiceSpec[],
): Promise<ReadonlyMap<string, Ahead>> {
  const all = await Promise.all(
    services.map(async (service) => [service.name, await lookAt(context, project, service)] as const),
  );
  return new Map(all);
}

async function lookAt(context: Context, project: Project, service: ServiceSpec): Promise<Ahead> {
  if (service.domains.length > 0) {
    // One after the other, in one shell of the server: the build takes longer than both.
    const sighting = await sight(context, project, service);
    return { sighting, domains: await DomainsAhead.look(context, project, service) };
  }
  // Whether a domain is left behind is one short question, and hardly ever is: nothing waits for it.
  const [sighting, domains] = await Promise.all([
    sight(context, project, service),
    DomainsAhead.look(context, project, service),
  ]);
  return { sighting, domains };
}
