import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { DrayageError } from '../../errors/drayage-error.ts';
import type { Phase } from '../../report/report.ts';
import type { Server } from '../../transport/server.ts';
import type { LocalContext } from './contents.ts';
import { type Archive, packEntries } from './pack.ts';
import { applyLines, applyScript, compareScript, control, damaged, deltaFile, superseded } from './sync-script.ts';
import { difference, groupLines, manifestLine, type Tree } from './tree.ts';

/** How the server's copy of a context becomes ours. */
export interface Delta {
  readonly added: number;
  readonly removed: number;
  /** Compressed bytes. */
  readonly bytes: number;
  /** What a job must do first (shell text, and files of its folder): a small difference travels with the job that needs it. */
  readonly script: string;
  readonly files: Readonly<Record<string, string>>;
}

/** An archive up to this many bytes travels with the job. */
const small = 128 * 1024;

/** How often another run may change the same copy under our hands before we give up. */
const mostRounds = 5;

/**
 * Compares the server's copy of the context with ours, in one round trip, and sends what differs unless that is little enough to go along with a job.
 * Throws SOURCE_CHANGED when files changed after they were read.
 *
 * @param remote The copy's folder on the server.
 * @param carriedAs Name of the job's file for a difference that goes along with it.
 */
export async function sendContext(
  server: Server,
  remote: string,
  source: LocalContext,
  phase: Phase,
  signal?: AbortSignal,
  carriedAs: string = deltaFile,
): Promise<Delta> {
  for (let round = 1; round <= mostRounds; round += 1) {
    const compared = await server.script(compareScript(remote, source.tree), {
      purpose: 'Comparing the sources',
      repeatable: true,
      signal,
    });
    const [base = 'none', ...theirs] = compared.stdout.split('\n').filter((line) => line !== '');
    if (base === 'same') return { added: 0, removed: 0, bytes: 0, script: '', files: {} };
    try {
      const delta = await sendDifference(server, { remote, source, base, theirs, phase, signal, carriedAs });
      if (delta !== undefined) return delta;
    } catch (error) {
      // Nothing is lost by comparing again: what has arrived completely is there, what has not is thrown away.
      if (!(error instanceof DrayageError) || error.code !== 'SSH_CONNECTION_LOST' || round === mostRounds) throw error;
      phase.note(`${error.message} Sending again.`);
    }
    await sleep(100 * round);
  }
  throw new DrayageError('SOURCE_CHANGED', `Other runs keep changing ${remote} on ${server.name}.`, {
    hint: concurrencyHint,
  });
}

export const concurrencyHint =
  'Let runs for one project wait for each other (`concurrency` on GitHub, `resource_group` on GitLab).';

interface Sending {
  readonly remote: string;
  readonly source: LocalContext;
  /** Root of the server's copy, or `none`. */
  readonly base: string;
  /** What differs, as the server tells it. */
  readonly theirs: readonly string[];
  readonly phase: Phase;
  readonly signal?: AbortSignal;
  readonly carriedAs: string;
}

/** undefined when another run has changed the server's copy since it was compared. */
async function sendDifference(server: Server, sending: Sending): Promise<Delta | undefined> {
  const { remote, source, base, theirs, phase, signal, carriedAs } = sending;
  const { tree, contents } = source;
  const { add, remove } = base === 'none' ? { add: tree.entries, remove: [] } : difference(tree, theirs);
  const archive = packEntries(contents, 'tree', withFolders(add, tree), [
    { name: control.add, text: add.map(manifestLine).join('') },
    { name: control.remove, text: remove.map((key) => `${key}\n`).join('') },
    { name: control.groups, text: groupLines(tree) },
  ]);
  const counts = { added: add.length, removed: remove.length };
  const [begin, isWhole] = await firstBytes(archive);
  if (isWhole) {
    const files = { [carriedAs]: begin.toString('base64') };
    return { ...counts, bytes: begin.length, script: applyLines(remote, base, tree, carriedAs), files };
  }
  let fault: unknown;
  const stream = Readable.from(
    followedBy(begin, archive, (error) => {
      fault = error;
    }),
    { objectMode: false },
  );
  const options = {
    purpose: 'Sending the sources',
    stdin: stream,
    accept: [0, superseded, damaged],
    signal,
    onOutput: (chunk: string) => phase.output(chunk),
  };
  const result = await server.script(applyScript(remote, base, tree), options).catch((error: unknown) => {
    if (fault !== undefined) throw changedWhileSent(fault instanceof Error ? fault.message : String(fault), fault);
    throw isDiskFull(error)
      ? new DrayageError('DISK_FULL', `The sources do not fit on the disk of ${server.name}.`, { cause: error })
      : error;
  });
  if (result.exitCode === superseded) return undefined;
  if (result.exitCode === damaged) throw changedWhileSent(result.stderr);
  return { ...counts, bytes: archive.bytes(), script: '', files: {} };
}

/** Reads until the archive ends or is no longer small. */
async function firstBytes({ stream }: Archive): Promise<[begin: Buffer, isWhole: boolean]> {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length <= small) {
    const chunk: Buffer | null = stream.read();
    if (chunk !== null) {
      chunks.push(chunk);
      length += chunk.length;
    } else if (stream.errored) throw changedWhileSent(stream.errored.message, stream.errored);
    else if (stream.readableEnded) return [Buffer.concat(chunks), true];
    else await readableOrEnded(stream);
  }
  return [Buffer.concat(chunks), false];
}

function readableOrEnded(stream: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      stream.off('readable', settle).off('end', settle).off('error', settle);
      if (error === undefined) resolve();
      else reject(changedWhileSent(error.message, error));
    };
    stream.once('readable', settle).once('end', settle).once('error', settle);
  });
}

async function* followedBy(
  begin: Buffer,
  { stream }: Archive,
  onFault: (error: unknown) => void,
): AsyncGenerator<Buffer> {
  yield begin;
  try {
    yield* stream;
  } catch (error) {
    onFault(error);
    throw error;
  }
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

/** @param said What the server, or the reading of a file, said about it. */
export function changedWhileSent(said: string, cause?: unknown): DrayageError {
  const what = said.trim().split('\n').slice(0, 3).join('; ');
  return new DrayageError('SOURCE_CHANGED', `The sources changed while they were being sent: ${what}.`, { cause });
}

function isDiskFull(error: unknown): boolean {
  return (
    error instanceof DrayageError && /No space left on device|Wrote only \d+ of \d+ bytes/.test(error.output ?? '')
  );
}
