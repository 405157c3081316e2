import { DrayageError } from '../errors/drayage-error.ts';
import type { BuildSpec, Project, ServerSpec, ServiceSpec } from './model.ts';
import { didYouMean } from './nearest.ts';
import { serverHint } from './server-address.ts';

/** A service by its name. INPUT_INVALID for a name there is not. */
export function pickService(project: Project, name: string): ServiceSpec {
  const service = project.services.find((candidate) => candidate.name === name);
  if (service !== undefined) return service;
  const known = project.services.map((candidate) => candidate.name);
  throw unknown('service', name, known, project);
}

/** Services by their names, or all where none is given; in the order of deployment. INPUT_INVALID for a name there is not. */
export function pickServices(project: Project, names: readonly string[] = []): readonly ServiceSpec[] {
  if (names.length === 0) return project.services;
  const wanted = new Set(names.map((name) => pickService(project, name)));
  return project.services.filter((service) => wanted.has(service));
}

/** Servers by their names. INPUT_INVALID for a name there is not. */
export function pickServers(project: Project, names: readonly string[]): readonly ServerSpec[] {
  return names.map((name) => {
    const server = Object.hasOwn(project.servers, name) ? project.servers[name] : undefined;
    if (server === undefined) throw unknown('server', name, Object.keys(project.servers), project);
    return server;
  });
}

/** Whether a service is built on this server by a buildkitd that is reached over TCP, and not over SSH. */
export function isBuiltRemotely(driver: BuildSpec['driver'], server: ServerSpec | undefined): boolean {
  return driver === 'remote' || (driver === 'auto' && server?.buildkit?.address !== undefined);
}

/** The build servers of a service that are reached over SSH. */
export function sshBuilders({ servers }: Project, { build }: ServiceSpec): readonly string[] {
  return build?.servers.filter((name) => !isBuiltRemotely(build.driver, servers[name])) ?? [];
}

function unknown(what: string, name: string, known: readonly string[], project: Project): DrayageError {
  const where = project.file ?? 'What was given';
  const message = `${where} has no ${what} "${name}" in the environment ${project.environment}.`;
  const hint =
    (what === 'server' ? serverHint(name, known) : didYouMean(name, known)) ??
    `Known are: ${known.join(', ') || 'none'}.`;
  return new DrayageError('INPUT_INVALID', message, { hint });
}

/** Whether a service's build server is connected to at all: not one that is only a buildkitd, which is reached over TCP. */
export function isReachedOverSsh(project: Project, { build }: ServiceSpec, server: string): boolean {
  const spec = Object.hasOwn(project.servers, server) ? project.servers[server] : undefined;
  return spec?.host !== '' && (build === undefined || !isBuiltRemotely(build.driver, spec));
}
