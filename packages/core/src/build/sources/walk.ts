import { createHash, hash } from 'node:crypto';
import { closeSync, type Dirent, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { DrayageError } from '../../errors/drayage-error.ts';
import type { IgnoreRules } from './ignore-rules.ts';
import { portableMode, portableTarget } from './portable.ts';
import { type Entry, entry, noContent } from './tree.ts';

/** How long other work of this process waits for us: connections are being made meanwhile. */
const longestTurn = 12;

/**
 * Every file, link and folder of a build context, by content. Files are read whole: in a fresh clone every timestamp is new, and
 * git's index knows blobs before filters, not files. Reading is synchronous, which is four times as fast for many small files;
 * the event loop gets a turn every few milliseconds. Throws SOURCE_INVALID.
 */
export async function readContext(root: string, rules: IgnoreRules, signal?: AbortSignal): Promise<Entry[]> {
  const buffer = Buffer.allocUnsafe(1 << 20);
  const entries: Entry[] = [];
  const folders = [''];
  let resumed = performance.now();
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const found of listFolder(root, folder)) {
      if (performance.now() - resumed > longestTurn) {
        await setImmediate();
        signal?.throwIfAborted();
        resumed = performance.now();
      }
      const path = folder === '' ? found.name : `${folder}/${found.name}`;
      const isIgnored = rules.isIgnored(path);
      if (found.isDirectory() && !(isIgnored && rules.isClosed(path))) folders.push(path);
      if (isIgnored) continue;
      const read = readEntry(root, path, found, buffer);
      if (read !== undefined) entries.push(read);
    }
  }
  return withParents(root, entries);
}

function listFolder(root: string, folder: string): Dirent[] {
  try {
    return readdirSync(join(root, folder), { withFileTypes: true });
  } catch (cause) {
    throw unreadable(folder === '' ? root : folder, cause);
  }
}

function readEntry(root: string, path: string, found: Dirent, buffer: Buffer): Entry | undefined {
  if (/[\n\uFFFD]/.test(path)) {
    const what = `The file name ${JSON.stringify(path)} holds a line break or is not UTF-8; such names cannot be sent.`;
    throw new DrayageError('SOURCE_INVALID', what, { hint: 'Rename the file, or exclude it in .dockerignore.' });
  }
  const file = join(root, path);
  try {
    if (found.isDirectory()) {
      return entry({ path, mode: portableMode(lstatSync(file).mode), kind: 'folder', content: noContent, size: 0 });
    }
    if (found.isSymbolicLink()) {
      const target = portableTarget(readlinkSync(file));
      return entry({ path, mode: 0o120777, kind: 'link', content: hash('sha256', target), size: 0 });
    }
    // Sockets, pipes and devices mean nothing on another machine; Docker leaves sockets out as well.
    if (!found.isFile()) return undefined;
    const { mode, size } = lstatSync(file);
    return entry({ path, mode: portableMode(mode), kind: 'file', content: hashFile(file, size, buffer), size });
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function hashFile(file: string, size: number, buffer: Buffer): string {
  const descriptor = openSync(file, 'r');
  try {
    if (size < buffer.length) {
      const length = readSync(descriptor, buffer, 0, buffer.length, null);
      // A file that grows while it is read is found out on the server, where content and digest are compared.
      return hash('sha256', buffer.subarray(0, length));
    }
    const digest = createHash('sha256');
    for (let length = readSync(descriptor, buffer); length > 0; length = readSync(descriptor, buffer)) {
      digest.update(buffer.subarray(0, length));
    }
    return digest.digest('hex');
  } finally {
    closeSync(descriptor);
  }
}

/** A file that a `!` pattern wants again needs its folders, although they are ignored themselves. */
function withParents(root: string, entries: Entry[]): Entry[] {
  const folders = new Set(entries.filter(({ kind }) => kind === 'folder').map(({ path }) => path));
  const missing = new Set<string>();
  for (const { path } of entries) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const parent = path.slice(0, end);
      if (folders.has(parent) || missing.has(parent)) break;
      missing.add(parent);
    }
  }
  const parents = [...missing].map((path) =>
    entry({ path, mode: portableMode(lstatSync(join(root, path)).mode), kind: 'folder', content: noContent, size: 0 }),
  );
  return [...entries, ...parents];
}

function unreadable(path: string, cause: unknown): DrayageError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DrayageError('SOURCE_INVALID', `The source ${path} cannot be read: ${reason}.`, { cause });
}
