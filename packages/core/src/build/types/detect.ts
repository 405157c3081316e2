import { existsSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import type { BuildSpec, BuildType, Project, ServiceSpec } from '../../config/model.ts';
import { DrayageError } from '../../errors/drayage-error.ts';

/** A compose file makes several images: whoever builds one image never meets it. */
export type OneImage = Exclude<BuildType, 'compose'>;

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

/** What was found out, and why. */
export function typeNote({ name }: ServiceSpec, { dockerfile }: BuildSpec, type: OneImage): string {
  const found = type === 'dockerfile' ? `the source has a ${dockerfile}` : `the source has no ${dockerfile}`;
  return `${name}: build.type is ${type}, because none is named and ${found}.`;
}

/** The type, once it is known whether there is a Dockerfile. Keys that only railpack takes mean railpack: next to a Dockerfile nobody knows which was meant. */
export function decided(hasDockerfile: boolean, service: ServiceSpec, build: BuildSpec): OneImage {
  if (!hasDockerfile) return 'railpack';
  const key = railpackKey(build);
  if (key === undefined) return 'dockerfile';
  const what = `services.${service.name}.build.${key} is for railpack, but the source has a ${build.dockerfile} and build.type is not named.`;
  throw new DrayageError('BUILD_IMPOSSIBLE', what, {
    hint: `Name build.type: railpack, or remove ${key}.`,
    at: service.at,
  });
}

/** A key that is there and that only railpack takes. */
export function railpackKey({ command, version, env }: BuildSpec): string | undefined {
  const [key] =
    Object.entries({ command, version, env: Object.keys(env)[0] }).find(([, value]) => value !== undefined) ?? [];
  return key;
}
