import { DrayageError } from '../errors/drayage-error.ts';
import type { Project, ServerSpec, ServiceSpec } from './model.ts';
import { didYouMean } from './nearest.ts';

/** One service, or all in the order of deployment when no name is given. INPUT_INVALID for a name there is not. */
export function pickServices(project: Project, name?: string): readonly ServiceSpec[] {
  if (name === undefined) return project.services;
  const service = project.services.find((candidate) => candidate.name === name);
  if (service !== undefined) return [service];
  const known = project.services.map((candidate) => candidate.name);
  throw unknown('service', name, known, project);
}

/** Servers by their names. INPUT_INVALID for a name there is not. */
export function pickServers(project: Project, names: readonly string[]): readonly ServerSpec[] {
  return names.map((name) => {
    const server = Object.hasOwn(project.servers, name) ? project.servers[name] : undefined;
    if (server === undefined) throw unknown('server', name, Object.keys(project.servers), project);
    return server;
  });
}

function unknown(what: string, name: string, known: readonly string[], project: Project): DrayageError {
  const where = project.file ?? 'What was given';
  const message = `${where} has no ${what} "${name}" in the environment ${project.environment}.`;
  return new DrayageError('INPUT_INVALID', message, { hint: didYouMean(name, known) });
}
