import { hash } from 'node:crypto';
import { posix } from 'node:path';
import { familiarImage, parseImage } from '../config/image-reference.ts';
import type { BuildSpec, Project, ServiceSpec } from '../config/model.ts';
import { ownerLabels, ownerOf, resourceName } from '../config/names.ts';
import type { GitFacts } from '../config/scope.ts';
import { isSecret, reveal } from '../config/secret.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { dockerConfig } from '../registry/docker-config.ts';
import { expandTags } from '../registry/tags.ts';
import { exportLines } from '../transport/shell.ts';
import type { CheckoutFacts } from './checkout.ts';

/** Everything about a build that is decided before it starts. */
export interface BuildPlan {
  /** Arguments of buildx; relative paths are in the job's folder. No secret stands in it. */
  readonly argv: readonly [string, ...string[]];
  /** Files of the job's folder on tmpfs: credentials of the registries, build secrets, secret arguments. */
  readonly files: Readonly<Record<string, string>>;
  /** All names the image gets, the most telling first. */
  readonly names: readonly [string, ...string[]];
}

export interface BuildInput {
  readonly project: Project;
  readonly service: ServiceSpec;
  readonly build: BuildSpec;
  /** The commit that is built, with what it is called. */
  readonly commit: CheckoutFacts;
  /** A tag for exactly these sources, used where the service's tags stand for nothing. */
  readonly uniqueTag: string;
  /** The context's folder on the server. */
  readonly context: string;
  /** Path of the Dockerfile on the server. */
  readonly dockerfile: string;
  /** Where the server's Docker CLI also looks for plugins. */
  readonly plugins: readonly string[];
}

/** Names of files in the job's folder. */
export const jobFile = { environment: 'environment', metadata: 'metadata.json', dockerConfig: 'config.json' } as const;

/** Throws BUILD_IMPOSSIBLE for what the engine's own BuildKit cannot do. */
export function planBuild(input: BuildInput): BuildPlan {
  const { project, service, build, commit } = input;
  checkPossible(service, build);
  const names = imageNames(project, service, commit, input.uniqueTag);
  const secretArgs = Object.entries(build.args).filter(([, value]) => isSecret(value));
  const secretFiles = Object.entries(build.secrets).map(([name, value]) => [`secret-${name}`, reveal(value)] as const);
  return {
    names,
    argv: [
      'build',
      '--progress=plain',
      // An attestation holds the time of the build: the same sources would never give the same digest.
      '--provenance=false',
      `--metadata-file=${jobFile.metadata}`,
      ...names.map((name) => `--tag=${name}`),
      `--file=${input.dockerfile}`,
      ...Object.entries(labelsOf(input)).map(([name, value]) => `--label=${name}=${value}`),
      ...Object.entries(build.args).map(
        ([name, value]) => `--build-arg=${isSecret(value) ? name : `${name}=${value}`}`,
      ),
      ...Object.keys(build.secrets).map((name) => `--secret=id=${name},src=secret-${name}`),
      ...(build.target === undefined ? [] : [`--target=${build.target}`]),
      ...(build.noCache ? ['--no-cache'] : []),
      ...build.platforms.map((platform) => `--platform=${platform}`),
      input.context,
    ],
    files: {
      [jobFile.dockerConfig]: dockerConfig(Object.values(project.registries), input.plugins),
      [jobFile.environment]: exportLines(Object.fromEntries(secretArgs.map(([name, value]) => [name, reveal(value)]))),
      ...Object.fromEntries(secretFiles),
    },
  };
}

/**
 * The image's names on the build server: in its repository, or under the resource's own name where there is no registry. There it also gets a tag that
 * no other build takes away: an image without any name is what `docker image prune` removes, and a rollback may need it.
 */
function imageNames(project: Project, service: ServiceSpec, facts: GitFacts, unique: string): [string, ...string[]] {
  const parsed = service.image === undefined ? undefined : parseImage(service.image);
  const tags = expandTags(service.tags, facts, unique);
  const name = (repository: string, all: readonly string[]): [string, ...string[]] => {
    const [first = unique, ...rest] = new Set(all);
    return [`${repository}:${first}`, ...rest.map((tag) => `${repository}:${tag}`)];
  };
  if (parsed === undefined) return name(resourceName(ownerOf(project, service)), [...tags, unique]);
  return name(familiarImage({ registry: parsed.registry, repository: parsed.repository }), tags);
}

/** Our own, those of the OCI image specification (annotations.md), then the user's. Nothing that changes from run to run. */
function labelsOf({ project, service, build, commit }: BuildInput): Record<string, string> {
  const source = service.source.kind === 'git' ? service.source.url : commit.remote;
  const described = {
    'org.opencontainers.image.revision': commit.sha,
    'org.opencontainers.image.source': source?.replace(/\/\/[^@/]*@/, '//'),
    'org.opencontainers.image.created': commit.committedAt,
  };
  const known = Object.entries(described).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return { ...ownerLabels(ownerOf(project, service)), ...Object.fromEntries(known), ...build.labels };
}

/** Variables that would steer the client instead of reaching the build. */
const clientVariables = /^(?:PATH|HOME|LD_.*|DOCKER_.*|BUILDX_.*|BUILDKIT_(?:HOST|PROGRESS))$/;

function checkPossible(service: ServiceSpec, build: BuildSpec): void {
  const where = `services.${service.name}.build`;
  if (build.platforms.length > 1) {
    const what = `${where}.platforms names ${build.platforms.join(' and ')}; the engine's own builder makes images of one platform.`;
    throw new DrayageError('BUILD_IMPOSSIBLE', what, { at: service.at });
  }
  const steering = Object.entries(build.args).find(([name, value]) => isSecret(value) && clientVariables.test(name));
  if (steering !== undefined) {
    const what = `${where}.args.${steering[0]} carries a secret, and a variable of that name would steer the Docker client.`;
    throw new DrayageError('BUILD_IMPOSSIBLE', what, { hint: 'Use build.secrets, or another name.', at: service.at });
  }
}

/**
 * Where the copy of a source lives below the server's state. Services of one project that build the same source share it.
 *
 * @param parts What tells one source from another: folder and ignore file, or repository.
 */
export function sourceFolder(stateDir: string, project: Project, ...parts: readonly string[]): string {
  const suffix = hash('sha256', parts.join('\n')).slice(0, 10);
  const owner = { organization: project.organization, project: project.name, environment: '' };
  return posix.join(stateDir, 'sources', resourceName(owner, suffix));
}
