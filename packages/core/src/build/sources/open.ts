import type { Context } from '../../context.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { openGit } from './git.ts';
import { openInline } from './inline.ts';
import { openPath } from './path.ts';
import type { SourceOnServer, SourceTask } from './source.ts';

/** Brings a source to its build server, or decides how the build's job does. */
export async function openSource(context: Context, task: SourceTask): Promise<SourceOnServer> {
  const { source } = task;
  switch (source.kind) {
    case 'git':
      return openGit(context, { ...task, source });
    case 'path':
      return openPath(context, { ...task, source });
    case 'archive': {
      // With it come libraries that few builds want.
      const { openArchive } = await import('./archive.ts');
      return openArchive(context, { ...task, source });
    }
    case 'dockerfile':
      return openInline(context, { ...task, source });
    case 'image':
      throw new DrayageError('INTERNAL_BUG', `A prebuilt image is no source to build from: ${source.image}.`);
  }
}
