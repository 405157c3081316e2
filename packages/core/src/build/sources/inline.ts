import { dirname } from 'node:path';
import type { SourceSpec } from '../../config/model.ts';
import type { Context } from '../../context.ts';
import { readNamedFolders } from './local.ts';
import { namedContexts } from './named-contexts.ts';
import { openSent } from './sent.ts';
import type { SourceOnServer, SourceTask } from './source.ts';

type InlineTask = SourceTask<Extract<SourceSpec, { kind: 'dockerfile' }>>;

/** The text of a Dockerfile, and an empty context. Folders of named contexts are those of this checkout. */
export async function openInline(context: Context, task: InlineTask): Promise<SourceOnServer> {
  const { project, source, build } = task;
  const root = dirname(project.file ?? 'drayage.yml');
  const reading = readNamedFolders(root, namedContexts(build).folders, context.signal);
  return openSent(context, task, {
    reading: reading.then((contexts) => ({ contexts, dockerfile: source.dockerfile })),
    main: [],
    named: (name) => ['path', '.', build.contexts[name] ?? ''],
  });
}
