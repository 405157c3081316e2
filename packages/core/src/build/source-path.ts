import { readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DrayageError } from '../errors/drayage-error.ts';
import type { Phase } from '../report/report.ts';
import type { Server } from '../transport/server.ts';
import { ignoreRules } from './ignore-rules.ts';
import { packEntries } from './pack.ts';
import { applyScript, compareScript, control, superseded } from './sync-script.ts';
import { difference, groupLines, manifestLine, type Tree, treeOf } from './tree.ts';
import { readContext } from './walk.ts';

/** A build context on this machine, by content, with the files that steer the build. */
export interface LocalSource {
  /** The context's folder. */
  readonly folder: string;
  readonly tree: Tree;
  readonly dockerfile: string;
  /** The .dockerignore file of this Dockerfile alone, which counts instead of the context's. */
  readonly ownIgnore?: string;
}

export interface LocalSourceOptions {
  /** Folder of the source. */
  readonly root: string;
  /** Relative to the source. */
  readonly context: string;
  /** Relative to the source. */
  readonly dockerfile: string;
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
  const text = await readText(join(root, dockerfile));
  if (text === undefined) throw await noDockerfile(root, context, dockerfile);
  const ownIgnore = await readText(join(root, `${dockerfile}.dockerignore`));
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

/** What was sent: for the log. */
export interface Sent {
  readonly added: number;
  readonly removed: number;
  /** Compressed bytes. */
  readonly bytes: number;
}

/** How often another run may change the same tree under our hands before we give up. */
const mostRounds = 5;

/**
 * Makes the server's copy of the context equal to ours; only what differs travels. One round trip when nothing differs.
 *
 * @param remote The copy's folder on the server.
 */
export async function sendContext(
  server: Server,
  remote: string,
  source: LocalSource,
  phase: Phase,
  signal?: AbortSignal,
): Promise<Sent> {
  for (let round = 1; round <= mostRounds; round += 1) {
    const compared = await server.script(compareScript(remote, source.tree), {
      purpose: 'Comparing the sources',
      signal,
    });
    const [state = 'none', ...keys] = compared.stdout.split('\n').filter((line) => line !== '');
    if (state === 'same') return { added: 0, removed: 0, bytes: 0 };
    try {
      const sent = await sendDifference(server, remote, source, state, keys, phase, signal);
      if (sent !== undefined) return sent;
    } catch (error) {
      // Nothing is lost by comparing again: what has arrived completely is there, what has not is thrown away.
      if (!(error instanceof DrayageError) || error.code !== 'SSH_CONNECTION_LOST' || round === mostRounds) throw error;
      phase.note(`${error.message} Sending again.`);
    }
    await sleep(100 * round);
  }
  throw new DrayageError('SOURCE_CHANGED', `Other runs keep changing ${remote} on ${server.name}.`, {
    hint: 'Let runs for one project wait for each other (`concurrency` on GitHub, `resource_group` on GitLab).',
  });
}

/** undefined when another run has changed the server's copy since it was compared. */
async function sendDifference(
  server: Server,
  remote: string,
  source: LocalSource,
  base: string,
  keys: readonly string[],
  phase: Phase,
  signal?: AbortSignal,
): Promise<Sent | undefined> {
  const { tree, folder } = source;
  const { add, remove } = base === 'none' ? { add: tree.entries, remove: [] } : difference(tree, keys);
  const archive = packEntries(folder, 'tree', withFolders(add, tree), [
    { name: control.add, text: add.map(manifestLine).join('') },
    { name: control.remove, text: remove.map((key) => `${key}\n`).join('') },
    { name: control.groups, text: groupLines(tree) },
  ]);
  let fault: Error | undefined;
  archive.stream.once('error', (error) => {
    fault = error;
  });
  const result = await server
    .script(applyScript(remote, base, tree), {
      purpose: 'Sending the sources',
      stdin: archive.stream,
      accept: [0, superseded, 65],
      onOutput: (chunk) => phase.output(chunk),
      signal,
    })
    .catch((error: unknown) => {
      throw fault === undefined ? error : sourceChanged(fault.message, fault);
    });
  if (result.exitCode === superseded) return undefined;
  if (result.exitCode === 65) throw sourceChanged(result.stderr.trim().split('\n').slice(0, 3).join('; '), fault);
  return { added: add.length, removed: remove.length, bytes: archive.bytes() };
}

/** Also the folders above each entry, so that unpacking gives them the right permissions. */
function withFolders(add: Tree['entries'], tree: Tree): Tree['entries'] {
  if (add.length === tree.entries.length) return add;
  const wanted = new Set(add.map(({ path }) => path));
  for (const { path } of add) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) wanted.add(path.slice(0, end));
  }
  return tree.entries.filter(({ path }) => wanted.has(path));
}

function sourceChanged(what: string, cause?: unknown): DrayageError {
  return new DrayageError('SOURCE_CHANGED', `The sources changed while they were being sent: ${what}.`, { cause });
}
