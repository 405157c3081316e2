import { placeBuild } from '../build/placement/place.ts';
import type { Placement } from '../build/placement/plan.ts';
import type { Project, ServiceSpec } from '../config/model.ts';
import type { Context } from '../context.ts';

/** Where each service that is built is built. Only those with several servers or platforms cost a look. */
export async function placeAll(
  context: Context,
  project: Project,
  services: readonly ServiceSpec[],
): Promise<ReadonlyMap<string, Placement>> {
  const built = services.filter(({ build, source }) => build !== undefined && source.kind !== 'image');
  const placed = built.map(async (service) => [service.name, await placeBuild(context, project, service)] as const);
  return new Map(await Promise.all(placed));
}
