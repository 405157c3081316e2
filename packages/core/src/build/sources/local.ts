import { readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { DrayageError } from '../../errors/drayage-error.ts';
import { ignoreRules } from './ignore-rules.ts';
import { type Tree, treeOf } from './tree.ts';
import { readContext } from './walk.ts';

/** A build context on this machine, by content, with the files that steer the build. */
export interface LocalSource {
  /** The context's folder. */
  readonly folder: string;
  readonly tree: Tree;
  /** undefined where none was asked for. */
  readonly dockerfile?: string;
  /** The .dockerignore file of this Dockerfile alone, which counts instead of the context's. */
  readonly ownIgnore?: string;
}

export interface LocalSourceOptions {
  /** Folder of the source. */
  readonly root: string;
  /** Relative to the source. */
  readonly context: string;
  /** Relative to the source; undefined: the build has none. */
  readonly dockerfile?: string;
  readonly signal?: AbortSignal;
}

/** Reads context and Dockerfile. Throws SOURCE_INVALID when they are not there or cannot be sent. */
export async function readLocalSource({ root, context, dockerfile, signal }: LocalSourceOptions): Promise<LocalSource> {
  const folder = join(root, context);
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) {
    throw new DrayageError('SOURCE_INVALID', `The build context ${folder} is not a folder.`, {
      hint: 'On CI, check the repository out before this step.',
    });
  }
  const text = dockerfile === undefined ? undefined : await readText(join(root, dockerfile));
  if (dockerfile !== undefined && text === undefined) throw await noDockerfile(root, context, dockerfile);
  const ownIgnore = dockerfile === undefined ? undefined : await readText(join(root, `${dockerfile}.dockerignore`));
  const rules = ignoreRules(ownIgnore ?? (await readText(join(folder, '.dockerignore'))) ?? '');
  return { folder, tree: treeOf(await readContext(folder, rules, signal)), dockerfile: text, ownIgnore };
}

async function noDockerfile(root: string, context: string, dockerfile: string): Promise<DrayageError> {
  const inContext = posix.join(context, dockerfile);
  const found = inContext !== dockerfile && (await readText(join(root, inContext))) !== undefined;
  return new DrayageError('SOURCE_INVALID', `There is no ${dockerfile} in ${root}.`, {
    hint: found
      ? `build.dockerfile is relative to the source, not to the context: write \`dockerfile: ${inContext}\`.`
      : 'Name it under build.dockerfile, relative to the source.',
  });
}

async function readText(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR' || cause.code === 'EISDIR') return undefined;
    throw new DrayageError('SOURCE_INVALID', `${file} cannot be read: ${cause.message}.`, { cause });
  });
}
