import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DrayageError } from '../../errors/drayage-error.ts';
import { folderContents, type LocalContext } from './contents.ts';
import { ignoreRules } from './ignore-rules.ts';
import { findDockerfiles, foldersIn, noContextFolder, noDockerfile } from './missing.ts';
import { treeOf } from './tree.ts';
import { readContext } from './walk.ts';

/** A build context on this machine, with the files that steer the build. */
export interface LocalSource extends LocalContext {
  /** The context's folder. */
  readonly folder: string;
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
  if (!(await isFolder(folder))) {
    throw new DrayageError('SOURCE_INVALID', `The build context ${folder} is not a folder.`, {
      hint: 'On CI, check the repository out before this step.',
    });
  }
  const text = dockerfile === undefined ? undefined : await readText(join(root, dockerfile));
  if (dockerfile !== undefined && text === undefined) {
    throw noDockerfile({ wanted: dockerfile, where: root, context, candidates: findDockerfiles(root) });
  }
  const ownIgnore = dockerfile === undefined ? undefined : await readText(join(root, `${dockerfile}.dockerignore`));
  return { ...(await readFolder(folder, ownIgnore, signal)), folder, dockerfile: text, ownIgnore };
}

/** Reads the folders of named contexts, each by its own .dockerignore. Throws SOURCE_INVALID. */
export async function readNamedFolders(
  root: string,
  folders: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<Record<string, LocalContext>> {
  const read: Record<string, LocalContext> = {};
  for (const [name, folder] of Object.entries(folders)) {
    if (!(await isFolder(join(root, folder)))) throw noContextFolder(name, folder, root, foldersIn(root));
    read[name] = await readFolder(join(root, folder), undefined, signal);
  }
  return read;
}

async function readFolder(folder: string, ownIgnore?: string, signal?: AbortSignal): Promise<LocalContext> {
  const rules = ignoreRules(ownIgnore ?? (await readText(join(folder, '.dockerignore'))) ?? '');
  return { tree: treeOf(await readContext(folder, rules, signal)), contents: folderContents(folder) };
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

async function readText(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR' || cause.code === 'EISDIR') return undefined;
    throw new DrayageError('SOURCE_INVALID', `${file} cannot be read: ${cause.message}.`, { cause });
  });
}
