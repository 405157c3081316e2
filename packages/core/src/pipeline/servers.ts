import type { Placement } from '../build/placement/plan.ts';
import type { Project, ServiceSpec } from '../config/model.ts';
import { sshBuilders } from '../config/pick.ts';

/** Which servers a run touches: those that build, which must be ready first, and all others. */
export function serversOf(
  project: Project,
  services: readonly ServiceSpec[],
  placements: ReadonlyMap<string, Placement>,
): { builders: string[]; nodes: string[] } {
  const builders = new Set(
    services.flatMap((service) => {
      const overSsh = sshBuilders(project, service);
      const assigned = placements.get(service.name)?.assignments ?? [];
      return assigned.flatMap(({ server }) => (overSsh.includes(server) ? [server] : []));
    }),
  );
  // A proxy of ours may serve a domain that drayage.yml has no more; another's is only asked.
  const isOurs = project.proxy !== undefined && project.proxy.type !== 'external';
  const isProxied = isOurs || services.some(({ domains }) => domains.length > 0);
  const proxied = isProxied ? (project.proxy?.servers ?? []) : [];
  const nodes = new Set([...services.flatMap(({ deploy }) => deploy.servers), ...proxied]);
  return { builders: [...builders], nodes: [...nodes].filter((name) => !builders.has(name)) };
}
