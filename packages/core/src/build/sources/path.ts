import { dirname, join } from 'node:path';
import type { SourceSpec } from '../../config/model.ts';
import type { Context } from '../../context.ts';
import { readLocalSource, readNamedFolders } from './local.ts';
import { namedContexts } from './named-contexts.ts';
import { openSent, type SentSource } from './sent.ts';
import type { SourceOnServer, SourceTask } from './source.ts';

type PathTask = SourceTask<Extract<SourceSpec, { kind: 'path' }>>;

/** Sends what differs of this checkout to the build server; a small difference travels with the build's job. */
export async function openPath(context: Context, task: PathTask): Promise<SourceOnServer> {
  const { source, build } = task;
  return openSent(context, task, {
    reading: readPath(task, context.signal),
    main: ['path', source.path, build.context],
    named: (name) => ['path', source.path, build.contexts[name] ?? ''],
  });
}

async function readPath({ project, source, build, hasDockerfile }: PathTask, signal: AbortSignal): Promise<SentSource> {
  const root = join(dirname(project.file ?? 'drayage.yml'), source.path);
  const text = hasDockerfile ? build.dockerfileText : undefined;
  const dockerfile = hasDockerfile && text === undefined ? build.dockerfile : undefined;
  const main = await readLocalSource({ root, context: build.context, dockerfile, signal });
  const contexts = await readNamedFolders(root, namedContexts(build).folders, signal);
  return { main, contexts, dockerfile: text ?? main.dockerfile, ownIgnore: main.ownIgnore };
}
