import { existsSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import type { BuildSpec, BuildType, Project, ServiceSpec } from '../../config/model.ts';
import type { Context } from '../../context.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import type { Server } from '../../transport/server.ts';
import { lookIntoSource } from '../sources/look.ts';
import type { SourceOnServer } from '../sources/source.ts';

/** A compose file makes several images: whoever builds one image never meets it. */
type OneImage = Exclude<BuildType, 'compose'>;

/**
 * The type that builds a service, as far as it can be told on this machine: build.type; else a Dockerfile of the source, else railpack. undefined where
 * the source has yet to be fetched by the server. Throws BUILD_IMPOSSIBLE.
 */
export function typeHere(project: Project, service: ServiceSpec, build: BuildSpec): OneImage | undefined {
  if (build.type === 'compose') {
    throw new DrayageError(
      'INTERNAL_BUG',
      `Service ${service.name} is built of a compose file, which makes several images.`,
    );
  }
  if (build.type !== 'auto') return build.type;
  const { source } = service;
  if (source.kind === 'git') return undefined;
  if (source.kind !== 'path') return 'dockerfile';
  const root = join(dirname(project.file ?? 'drayage.yml'), source.path);
  const isThere = placesOf(build).some((file) => existsSync(join(root, file)));
  return decided(isThere, service, build);
}

/** One in the context is where somebody expected it, who is then told where it belongs. */
function placesOf({ dockerfile, context }: BuildSpec): string[] {
  return [dockerfile, posix.join(context, dockerfile)];
}

/** What setup needs to know of services whose type is not named. */
export function guessType(project: Project): (service: ServiceSpec) => BuildType | undefined {
  return (service) => (service.build === undefined ? undefined : typeHere(project, service, service.build));
}

/** The same, for a source that the server fetches. */
export async function typeOnServer(
  context: Context,
  server: Server,
  service: ServiceSpec,
  source: SourceOnServer,
): Promise<OneImage> {
  const { build } = service;
  if (build === undefined) throw new DrayageError('INTERNAL_BUG', `Service ${service.name} is not built.`);
  const title = `Look for a Dockerfile of ${service.name} on ${server.name}`;
  const files = [source.dockerfile, posix.join(source.context, build.dockerfile)];
  const texts = await context.report.phase(title, (phase) =>
    lookIntoSource(server, source, files, phase, { signal: context.signal, timeout: build.timeout }),
  );
  const isThere = texts.some((text) => text !== undefined);
  return decided(isThere, service, build);
}

/** Says what was found out, and why. */
export function tellType(
  context: Context,
  { service, build }: { service: ServiceSpec; build: BuildSpec },
  type: OneImage,
): void {
  const found =
    type === 'dockerfile' ? `the source has a ${build.dockerfile}` : `the source has no ${build.dockerfile}`;
  context.report.note(`${service.name}: build.type is ${type}, because none is named and ${found}.`);
}

/** Keys that only railpack takes mean railpack: next to a Dockerfile nobody knows which was meant. */
function decided(hasDockerfile: boolean, service: ServiceSpec, build: BuildSpec): OneImage {
  if (!hasDockerfile) return 'railpack';
  const { command, version, env } = build;
  const [key] =
    Object.entries({ command, version, env: Object.keys(env)[0] }).find(([, value]) => value !== undefined) ?? [];
  if (key === undefined) return 'dockerfile';
  const what = `services.${service.name}.build.${key} is for railpack, but the source has a ${build.dockerfile} and build.type is not named.`;
  throw new DrayageError('BUILD_IMPOSSIBLE', what, {
    hint: `Name build.type: railpack, or remove ${key}.`,
    at: service.at,
  });
}
