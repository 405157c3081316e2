import type { Context } from '../../context.ts';
import type { Server } from '../../transport/server.ts';
import type { BuildResult } from '../build.ts';
import { repositoryOf } from '../drivers/arguments.ts';
import type { OutputKind } from '../drivers/choice.ts';
import { imageLabels, imageNames, type Naming } from '../names.ts';
import type { ServerTask } from '../on-server.ts';
import { buildKey } from './key.ts';
import type { BuildRecord } from './record.ts';
import { remember } from './remember.ts';
import { unchangedImage } from './unchanged.ts';

export interface Skipping extends ServerTask {
  readonly naming: Naming;
  readonly output: OutputKind;
  /** See `keyOf`. */
  readonly key: string;
  /** See `buildRecordPath`. */
  readonly path: string;
}

/** What a build is, apart from the server it runs on. */
export type KeyedTask = Pick<ServerTask, 'project' | 'service' | 'build' | 'platforms'>;

/**
 * What goes into the image. Labels that tell the commit are no part of it: the next commit with the same source needs no other image.
 *
 * @param source See `SourceOnServer.identity`.
 */
export function keyOf({ project, service, build, platforms }: KeyedTask, source: string): string {
  const labels = imageLabels({ project, service, commit: {}, uniqueTag: '' });
  return buildKey(source, { ...build, platforms: platforms ?? build.platforms }, labels);
}

/** What goes into it beside its source: all that a dry run, which reads none, can compare. */
export function inputsOf(task: KeyedTask): string {
  return keyOf(task, '');
}

/** The image of the last build, where a new one would give the same; undefined: it has to be built. */
export async function skipped(
  context: Context,
  server: Server,
  task: Skipping,
  record: BuildRecord | undefined,
): Promise<BuildResult | undefined> {
  const { project, service, naming, output, key, path } = task;
  if (record === undefined || record.key !== key || record.isInEngine !== (output === 'engine')) return undefined;
  const tagged = imageNames(naming);
  const { imageId, isInEngine, platforms, user, commit, pushed } = record;
  const names = output === 'push-by-digest' ? [`${repositoryOf(tagged[0])}@${imageId}`] : tagged;
  const question = { record, names, inRegistry: service.image !== undefined };
  const found = await unchangedImage(server, project, question, context.signal);
  if (found === undefined) return undefined;
  const { sha } = naming.commit;
  const earlier = commit === undefined || commit === sha ? '' : `, of commit ${commit.slice(0, 12)}`;
  context.report.note(
    `${service.name}: nothing is built. Sources, inputs and base images are those of the last build on ${server.name}${earlier} (--no-cache builds anew).`,
  );
  return {
    image: names[0] ?? '',
    names,
    imageId,
    sourceCommit: sha,
    platforms,
    user,
    server: server.name,
    digest: isInEngine ? (found.isTagged ? pushed : undefined) : imageId,
    isTagged: found.isTagged,
    remember: async (digest = pushed) =>
      digest === pushed && record.last === sha
        ? undefined
        : remember(server, path, { ...record, inputs: inputsOf(task), pushed: digest, last: sha }),
  };
}
