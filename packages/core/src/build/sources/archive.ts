import { dirname, isAbsolute, join, posix } from 'node:path';
import type { SourceSpec } from '../../config/model.ts';
import type { Context } from '../../context.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { archiveContext } from './archive/context.ts';
import { type ReadArchive, readArchive } from './archive/read.ts';
import type { LocalContext } from './contents.ts';
import { ignoreRules } from './ignore-rules.ts';
import { looksLikeDockerfile, noContextFolder, noDockerfile } from './missing.ts';
import { namedContexts } from './named-contexts.ts';
import { openSent, type SentSource } from './sent.ts';
import type { SourceOnServer, SourceTask } from './source.ts';

type ArchiveTask = SourceTask<Extract<SourceSpec, { kind: 'archive' }>>;

/** Reads an archive on this machine, and sends what differs of it, as for a folder. Its copy is the service's own: the archive may have another name each time. */
export async function openArchive(context: Context, task: ArchiveTask): Promise<SourceOnServer> {
  const { service, build } = task;
  return openSent(context, task, {
    reading: readSource(task, context.signal),
    main: ['archive', service.name, build.context],
    named: (name) => ['archive', service.name, build.contexts[name] ?? ''],
  });
}

async function readSource(task: ArchiveTask, signal: AbortSignal): Promise<SentSource> {
  const { project, source, build, hasDockerfile } = task;
  const { archive: name } = source;
  const file = isAbsolute(name) ? name : join(dirname(project.file ?? 'drayage.yml'), name);
  const wanted = posix.basename(build.dockerfile);
  const archive = await readArchive({
    name,
    file,
    wantsText: (entry) => entry === wanted || entry.endsWith('.dockerignore'),
    signal,
  });
  const dockerfile = hasDockerfile ? (build.dockerfileText ?? archive.texts.get(build.dockerfile)) : undefined;
  if (hasDockerfile && dockerfile === undefined) throw missing(task, archive);
  const ownIgnore =
    hasDockerfile && build.dockerfileText === undefined
      ? archive.texts.get(`${build.dockerfile}.dockerignore`)
      : undefined;
  const main = contextOf(archive, build.context, ownIgnore);
  if (main === undefined) {
    throw new DrayageError('SOURCE_INVALID', `build.context is ${build.context}, and ${name} has no such folder.`, {
      hint: foldersAtTop(archive),
    });
  }
  const contexts: Record<string, LocalContext> = {};
  for (const [as, folder] of Object.entries(namedContexts(build).folders)) {
    const read = contextOf(archive, folder);
    if (read === undefined) throw noContextFolder(as, folder, name, topFolders(archive));
    contexts[as] = read;
  }
  return { main, contexts, dockerfile, ownIgnore };
}

function contextOf(archive: ReadArchive, folder: string, ownIgnore?: string): LocalContext | undefined {
  const text = ownIgnore ?? archive.texts.get(posix.join(folder, '.dockerignore')) ?? '';
  return archiveContext(archive, folder, ignoreRules(text));
}

function missing({ build }: ArchiveTask, { name, nodes, top }: ReadArchive): DrayageError {
  const candidates = [...nodes.values()].flatMap(({ path, kind }) =>
    kind === 'file' && looksLikeDockerfile(path) ? [path] : [],
  );
  const remark = top === undefined ? undefined : `Paths begin in "${top}", the only folder at the top of the archive.`;
  return noDockerfile({ wanted: build.dockerfile, where: name, context: build.context, candidates, remark });
}

const topFolders = ({ nodes }: ReadArchive) =>
  [...nodes.values()].flatMap(({ path, kind }) => (kind === 'folder' && !path.includes('/') ? [path] : []));

function foldersAtTop(archive: ReadArchive): string {
  const folders = topFolders(archive).slice(0, 10);
  const root = archive.top === undefined ? '' : ` (paths begin in "${archive.top}", its only folder)`;
  return folders.length === 0
    ? `It has no folders${root}.`
    : `At its top are the folders ${folders.join(', ')}${root}.`;
}
