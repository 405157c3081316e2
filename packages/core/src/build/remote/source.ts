import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join, posix, relative, resolve } from 'node:path';
import type { BuildSpec, Project, Secret, ServiceSpec, SourceSpec } from '../../config/model.ts';
import type { Context } from '../../context.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import type { PrivateFolder, Programs } from '../../programs.ts';
import type { CheckoutFacts } from '../sources/checkout.ts';
import { readLocalSource, readNamedFolders } from '../sources/local.ts';
import { namedContexts } from '../sources/named-contexts.ts';
import { resolveHere } from './git-ref.ts';

/** A source as buildctl sends it, or as buildkitd fetches it. */
export interface RemoteSource {
  readonly uniqueTag: string;
  readonly commit: CheckoutFacts;
  /** Arguments of buildctl that name context and Dockerfile. */
  readonly arguments: readonly string[];
  /** What buildkitd needs to fetch it, by the id of the secret. */
  readonly secrets: Readonly<Record<string, Secret>>;
  readonly ssh: Readonly<Record<string, Secret>>;
}

export interface RemoteSourceTask {
  readonly project: Project;
  readonly service: ServiceSpec;
  readonly build: BuildSpec;
  readonly git: CheckoutFacts;
  readonly hasDockerfile: boolean;
  readonly programs: Programs;
  /** Files of this build. */
  readonly folder: PrivateFolder;
}

/** Throws SOURCE_INVALID, GIT_* and BUILD_IMPOSSIBLE. */
export function openRemoteSource(context: Context, task: RemoteSourceTask): Promise<RemoteSource> {
  const { source } = task.service;
  switch (source.kind) {
    case 'git':
      return gitSource(context, task, source);
    case 'path':
      return pathSource(context, task, source);
    case 'dockerfile':
      return textSource(task, source);
    default:
      throw new DrayageError(
        'BUILD_IMPOSSIBLE',
        `services.${task.service.name}.source is an archive, and the driver remote has no server to unpack it on.`,
        {
          hint: 'Use the driver docker or container, or unpack it before and name the folder under source.path.',
          at: task.service.at,
        },
      );
  }
}

/**
 * The folder of this checkout itself; BuildKit takes what changed. What is never part of a context stays at home: the Dockerfile travels from a folder
 * of its own, with ignore rules that end with ours.
 */
async function pathSource(
  context: Context,
  { project, build, git, hasDockerfile, folder }: RemoteSourceTask,
  source: Extract<SourceSpec, { kind: 'path' }>,
): Promise<RemoteSource> {
  const root = resolve(dirname(project.file ?? 'drayage.yml'), source.path);
  const local = await readLocalSource({
    root,
    context: build.context,
    dockerfile: hasDockerfile && build.dockerfileText === undefined ? build.dockerfile : undefined,
    signal: context.signal,
  });
  const name = posix.basename(build.dockerfile);
  const rules = local.ownIgnore ?? (await readFile(join(local.folder, '.dockerignore'), 'utf8').catch(() => ''));
  const { folders } = namedContexts(build);
  // Throws where one is not there.
  await readNamedFolders(root, folders, context.signal);
  const named = Object.entries(folders).flatMap(([id, path]) => [
    `--local=named-${id}=${join(root, path)}`,
    `--opt=context:${id}=local:named-${id}`,
  ]);
  await folder.write(
    `dockerfile/${name}`,
    (hasDockerfile ? build.dockerfileText : undefined) ?? local.dockerfile ?? '',
  );
  await folder.write(`dockerfile/${name}.dockerignore`, `${rules}\n**/.git\n**/.drayage\n`);
  return {
    uniqueTag: `tree-${local.tree.root.slice(0, 12)}`,
    commit: git,
    arguments: [`--local=context=${local.folder}`, '--local=dockerfile=dockerfile', `--opt=filename=${name}`, ...named],
    secrets: {},
    ssh: {},
  };
}

/** A Dockerfile alone, with nothing to copy from. */
async function textSource(
  { build, git, folder }: RemoteSourceTask,
  { dockerfile }: Extract<SourceSpec, { kind: 'dockerfile' }>,
): Promise<RemoteSource> {
  const name = posix.basename(build.dockerfile);
  await folder.write(`dockerfile/${name}`, dockerfile);
  await folder.write('empty/.dockerignore', '*\n');
  return {
    uniqueTag: `text-${hash('sha256', dockerfile).slice(0, 12)}`,
    commit: git,
    arguments: ['--local=context=empty', '--local=dockerfile=dockerfile', `--opt=filename=${name}`],
    secrets: {},
    ssh: {},
  };
}

/** BuildKit fetches one commit by itself: nothing of it comes to this machine. */
async function gitSource(
  context: Context,
  { service, build, git, programs, folder }: RemoteSourceTask,
  source: Extract<SourceSpec, { kind: 'git' }>,
): Promise<RemoteSource> {
  const [named] = Object.keys(namedContexts(build).folders);
  const other =
    source.lfs === true
      ? 'source.lfs'
      : named !== undefined
        ? `build.contexts.${named}`
        : build.dockerfileText !== undefined
          ? 'build.dockerfile_inline'
          : undefined;
  if (other !== undefined) {
    throw new DrayageError(
      'BUILD_IMPOSSIBLE',
      `services.${service.name}.${other} needs a checkout, and with the driver remote buildkitd fetches the repository by itself.`,
      { hint: 'Use the driver container, or build the checkout of the CI: source.path.', at: service.at },
    );
  }
  const commit = await resolveHere(context, { service, source, git, programs, folder });
  const { sha = '' } = commit;
  const root = posix.join(source.path, build.context).replace(/^\/+|\/+$|^\.$/g, '');
  const file = relative(build.context, build.dockerfile).replaceAll('\\', '/');
  if (file.startsWith('../')) {
    throw new DrayageError(
      'BUILD_IMPOSSIBLE',
      `services.${service.name}.build.dockerfile is ${build.dockerfile}, outside of build.context ${build.context}: of a git source the driver remote fetches the context alone.`,
      { hint: 'Move the Dockerfile into the context, or use the driver container.', at: service.at },
    );
  }
  const { token, key, url } = source;
  return {
    uniqueTag: sha.slice(0, 12),
    commit,
    arguments: [`--opt=context=${contextUrl(url)}#${sha}${root === '' ? '' : `:${root}`}`, `--opt=filename=${file}`],
    secrets: token === undefined ? {} : tokenSecret(url, token),
    ssh: key === undefined ? {} : { default: key },
  };
}

/** BuildKit takes a URL for a repository when it ends with `.git`, and shares it between builds by its text. */
function contextUrl(url: string): string {
  return url.endsWith('.git') ? url : `${url.replace(/\/$/, '')}.git`;
}

/** Bound to the host, so that no redirect and no submodule elsewhere gets it. Bitbucket wants a user name of its own. */
function tokenSecret(url: string, token: Secret): Record<string, Secret> {
  const { host, hostname } = new URL(url);
  if (hostname !== 'bitbucket.org') return { [`GIT_AUTH_TOKEN.${host}`]: token };
  const basic = Buffer.from(`x-token-auth:${token.reveal()}`).toString('base64');
  return { [`GIT_AUTH_HEADER.${host}`]: { ...token, reveal: () => `basic ${basic}` } };
}
