import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSecret } from '../../config/secret.ts';
import type { Context } from '../../context.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { type PrivateFolder, programsOf } from '../../programs.ts';
import { registryOfImage } from '../../registry/credentials.ts';
import { dockerConfig } from '../../registry/docker-config.ts';
import type { BuildResult } from '../build.ts';
import { repositoryOf, secretFile, sshFile } from '../drivers/arguments.ts';
import type { Choice } from '../drivers/refuse.ts';
import { loadArchive } from '../load.ts';
import { imageLabels, imageNames } from '../names.ts';
import type { ServerTask } from '../on-server.ts';
import { keyText } from '../plan.ts';
import { readPushed } from '../pushed.ts';
import { namedContexts } from '../sources/named-contexts.ts';
import { typeHere } from '../types/detect.ts';
import type { FrontendRecipe } from '../types/type.ts';
import { buildTypes } from '../types/types.ts';
import { buildctlArguments, remoteFile } from './arguments.ts';
import { checkBuilder, type RemoteBuilder, remoteBuilder } from './connection.ts';
import { runBuildctl } from './run.ts';
import { openRemoteSource, type RemoteSource } from './source.ts';

/**
 * Builds in a buildkitd that is reached over mutual TLS; its client runs on this machine, and ends with this process. Throws BUILDER_*, TOOL_MISSING and
 * what a build throws.
 */
export async function buildRemotely(context: Context, task: ServerTask, choice: Choice): Promise<BuildResult> {
  const { project, service, build } = task;
  const settings = project.servers[task.server]?.buildkit;
  if (settings === undefined) throw new DrayageError('INTERNAL_BUG', `${task.server} is no buildkitd.`);
  const builder = remoteBuilder(task.server, settings);
  const programs = await programsOf(context);
  const [buildctl] = await Promise.all([programs.path('buildctl'), checkBuilder(builder, context.signal)]);
  await using folder = await programs.folder();
  // Nobody can look into a repository that only the buildkitd fetches.
  const type = typeHere(project, service, build) ?? 'dockerfile';
  const { hasDockerfile } = buildTypes[type];
  const source = await openRemoteSource(context, { ...task, hasDockerfile, programs, folder });
  const recipe = recipeFor(task, type, context.run.id);
  const naming = { project, service, commit: source.commit, uniqueTag: source.uniqueTag };
  const names = imageNames(naming);
  await writeFiles(folder, { task, builder, recipe, source });
  const repository = repositoryOf(names[0]);
  const push =
    choice.output === 'engine' ? undefined : { repository, registry: registryOfImage(project.registries, repository) };
  const platforms = task.platforms ?? build.platforms;
  const argv = buildctlArguments({
    ...{ builder, build, recipe, source, platforms, names, labels: imageLabels(naming) },
    ...{ push, load: task.load === true },
  });
  await context.report.phase(`Build ${service.name} on ${task.server}`, (phase) =>
    runBuildctl(context, phase, { task, builder, programs, folder, argv: [buildctl, ...argv] }),
  );
  const digest = await digestIn(folder);
  // BuildKit itself finds that nothing has changed.
  const remember = async () => undefined;
  const result = { imageId: digest, sourceCommit: source.commit.sha, server: task.server, remember };
  const loaded =
    task.load === true
      ? await loadArchive(context, {
          programs,
          name: names[0],
          archive: createReadStream(join(folder.path, remoteFile.archive)),
        })
      : undefined;
  if (push === undefined && loaded !== undefined) return { ...result, ...loaded, image: names[0], names };
  const pushed = await readPushed(context, { project, name: names[0], digest });
  const all = choice.output === 'push-by-digest' ? ([`${repository}@${digest}`] as const) : names;
  return { ...result, ...pushed, digest, image: all[0], names: all };
}

/** Throws BUILD_IMPOSSIBLE for what has to be prepared on a server, and for secrets that would stand in a command line. */
function recipeFor(
  { project, service, build }: ServerTask,
  type: keyof typeof buildTypes,
  run: string,
): FrontendRecipe {
  const where = `services.${service.name}.build`;
  const refuse = (what: string, hint: string): never => {
    throw new DrayageError('BUILD_IMPOSSIBLE', what, { hint, at: service.at });
  };
  const recipe = buildTypes[type].plan({
    project,
    service,
    build,
    context: '.',
    contexts: namedContexts(build).references,
    dockerfile: build.dockerfile,
    run,
  });
  if (recipe.kind === 'program' || recipe.prepare !== undefined) {
    const what = `${where}.type is ${type}, which runs on a build server, and the driver remote has only its buildkitd.`;
    const others = recipe.kind === 'program' ? 'docker' : 'docker or container';
    return refuse(what, `Use the driver ${others}, or the type dockerfile.`);
  }
  const secret = Object.entries(recipe.args).find(([, value]) => isSecret(value));
  if (secret !== undefined)
    refuse(
      `${where}.args.${secret[0]} carries a secret, and with the driver remote it would stand in a command line on this machine.`,
      'Use build.secrets.',
    );
  return recipe;
}

interface BuildFiles {
  readonly task: ServerTask;
  readonly builder: RemoteBuilder;
  readonly recipe: FrontendRecipe;
  readonly source: RemoteSource;
}

async function writeFiles(folder: PrivateFolder, { task, builder, recipe, source }: BuildFiles): Promise<void> {
  const { project, build } = task;
  const secrets = { ...recipe.secrets, ...source.secrets };
  const files = {
    'config.json': dockerConfig(Object.values(project.registries)),
    [remoteFile.ca]: builder.ca,
    [remoteFile.cert]: builder.cert,
    [remoteFile.key]: builder.key,
    ...recipe.files,
    ...Object.fromEntries(
      Object.entries(secrets).map(([id, value]) => [secretFile(id), isSecret(value) ? value.reveal() : value]),
    ),
    ...Object.fromEntries(
      Object.entries({ ...source.ssh, ...build.ssh }).map(([id, key]) => [sshFile(id), keyText(id, key.reveal())]),
    ),
  };
  for (const [name, content] of Object.entries(files)) await folder.write(name, content);
}

async function digestIn(folder: PrivateFolder): Promise<string> {
  const text = await readFile(join(folder.path, 'metadata.json'), 'utf8');
  const [, digest] = /"containerimage\.digest": *"(sha256:[0-9a-f]{64})"/.exec(text) ?? [];
  if (digest !== undefined) return digest;
  throw new DrayageError('INTERNAL_BUG', 'buildctl told no digest of the image it built.', { output: text });
}
