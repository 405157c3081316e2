import type { Project, ServiceSpec } from '../config/model.ts';
import { DrayageError } from '../errors/drayage-error.ts';

/** The services to take up, in the order of the project (depends-on first). Throws INPUT_INVALID for a name it lacks. */
export function chosenServices(project: Project, names: readonly string[] | undefined): readonly ServiceSpec[] {
  if (names === undefined || names.length === 0) return project.services;
  const known = project.services.map(({ name }) => name);
  const missing = names.find((name) => !known.includes(name));
  if (missing !== undefined) {
    throw new DrayageError('INPUT_INVALID', `There is no service '${missing}' in project ${project.name}.`, {
      hint: `Known are: ${known.join(', ') || 'none'}.`,
    });
  }
  return project.services.filter(({ name }) => names.includes(name));
}

/** Which servers a run touches: those that build, which must be ready first, and all others. */
export function serversOf(project: Project, services: readonly ServiceSpec[]): { builders: string[]; nodes: string[] } {
  const builders = new Set(services.flatMap(({ build }) => build?.servers ?? []));
  const proxied = services.some(({ domains }) => domains.length > 0) ? (project.proxy?.servers ?? []) : [];
  const nodes = new Set([...services.flatMap(({ deploy }) => deploy.servers), ...proxied]);
  return { builders: [...builders], nodes: [...nodes].filter((name) => !builders.has(name)) };
}
