import { posix } from 'node:path';
import { formatImage, parseImage } from '../../config/image-reference.ts';
import type { BuildSpec, Project, ServiceSpec } from '../../config/model.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import type { ComposeBuild } from './file.ts';

/** An image that a compose file builds, as a service of its own. */
export interface ComposePart {
  /** Name of the service in the compose file. */
  readonly composeService: string;
  readonly spec: ServiceSpec;
}

/**
 * One service for each build of a compose file: built, pushed and remembered like any other. Throws SOURCE_INVALID and BUILD_IMPOSSIBLE.
 *
 * @param file Path of the compose file, relative to the source.
 */
export function partsOf(
  project: Project,
  service: ServiceSpec,
  file: string,
  builds: readonly ComposeBuild[],
): ComposePart[] {
  const names = new Set(project.services.map(({ name }) => name));
  return builds.map((build) => {
    const name = `${service.name}-${build.service.toLowerCase().replace(/[^a-z0-9-]/g, '-')}`;
    if (names.has(name)) {
      const what = `The image of ${build.service} in ${file} would be that of service ${name}, which exists.`;
      throw new DrayageError('BUILD_IMPOSSIBLE', what, { hint: 'Rename one of them.', at: service.at });
    }
    names.add(name);
    return {
      composeService: build.service,
      spec: { ...service, name, ...imageOf(service, build), build: specOf(service, file, build) },
    };
  });
}

/** What names a registry or an owner is where it goes; a bare name is one for the engine alone. */
function imageOf(service: ServiceSpec, { image, service: part }: ComposeBuild): Pick<ServiceSpec, 'image' | 'tags'> {
  const named = image?.includes('/') === true ? parseImage(image) : undefined;
  if (named !== undefined) {
    const { registry, repository, tag } = named;
    return { image: formatImage({ registry, repository }), tags: tag === undefined ? service.tags : [tag] };
  }
  return {
    image: service.image === undefined ? undefined : `${service.image}-${part.toLowerCase()}`,
    tags: service.tags,
  };
}

function specOf(service: ServiceSpec, file: string, given: ComposeBuild): BuildSpec {
  const { build } = service;
  if (build === undefined) throw new DrayageError('INTERNAL_BUG', `Service ${service.name} is not built.`);
  const inSource = (path: string, key: string): string => {
    const joined = posix.normalize(path).replace(/(?<=.)\/$/, '');
    if (!joined.startsWith('..') && !joined.startsWith('/')) return joined;
    const what = `services.${given.service}.build.${key} in ${file} is outside of the source: ${path}.`;
    throw new DrayageError('SOURCE_INVALID', what, {
      hint: 'Let source.path name a folder that holds both.',
      at: service.at,
    });
  };
  const beside = posix.dirname(file);
  const context = inSource(posix.join(beside, given.context), 'context');
  const contexts = Object.entries(given.contexts).map(([name, value]) => {
    const isFetched = /^[a-z-]+:\/\//.test(value);
    return [name, isFetched ? value : inSource(posix.join(beside, value), `additional_contexts.${name}`)] as const;
  });
  const handedOn = <T>(key: 'secrets' | 'ssh', all: Readonly<Record<string, T>>, name: string): T => {
    const value = all[name];
    if (value !== undefined) return value;
    const what = `services.${given.service}.build.${key} in ${file} names ${name}, which services.${service.name}.build.${key} does not have.`;
    const example =
      key === 'ssh' ? `["${name}=\${{ secrets.DEPLOY_KEY }}"]` : `{ ${name}: "\${{ secrets.${name.toUpperCase()} }}" }`;
    const hint = `Give it in drayage.yml: services.${service.name}.build.${key}: ${example}`;
    throw new DrayageError('BUILD_IMPOSSIBLE', what, { hint, at: service.at });
  };
  const secrets = Object.entries(given.secrets).map(
    ([id, name]) => [id, handedOn('secrets', build.secrets, name)] as const,
  );
  const ssh = given.ssh.map((id) => [id, handedOn('ssh', build.ssh, id)] as const);
  const { from, to } = given.cache;
  return {
    ...build,
    type: 'dockerfile',
    context,
    dockerfile: inSource(posix.join(context, given.dockerfile), 'dockerfile'),
    dockerfileText: given.dockerfileText,
    target: given.target,
    args: given.args,
    contexts: Object.fromEntries(contexts),
    secrets: Object.fromEntries(secrets),
    ssh: Object.fromEntries(ssh),
    cache: from.length + to.length === 0 ? build.cache : given.cache,
    network: given.network ?? build.network,
    env: {},
    labels: { ...build.labels, ...given.labels },
    platforms: given.platforms.length === 0 ? build.platforms : given.platforms,
    noCache: build.noCache || given.noCache,
  };
}
