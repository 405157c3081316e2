import { createReadStream, readFileSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { portableTarget } from './portable.ts';
import type { Entry, Tree } from './tree.ts';

/** An entry with what is in it. */
export interface Piece {
  readonly entry: Entry;
  /** Bytes of a file: exactly `entry.size` of them where it is a stream. */
  readonly bytes?: Buffer | Readable;
  /** What a link points to. */
  readonly target?: string;
  /** A file with the same content and permissions that came before: its path. */
  readonly sameAs?: string;
}

/** Gives the content of entries, in any order but folders before what is in them. A fault while reading rejects. */
export type Contents = (entries: readonly Entry[]) => AsyncIterable<Piece>;

/** A build context on this machine, by content. */
export interface LocalContext {
  readonly tree: Tree;
  readonly contents: Contents;
}

/** Files up to this size are read whole; larger ones are streamed. */
const wholeFile = 1 << 20;

/** By path, which puts a folder before what is in it. */
export function inOrder(entries: readonly Entry[]): Entry[] {
  return [...entries].sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** What lies in a folder of this machine. */
export function folderContents(root: string): Contents {
  return async function* pieces(entries) {
    for (const entry of inOrder(entries)) {
      const file = join(root, entry.path);
      if (entry.kind === 'folder') yield { entry };
      else if (entry.kind === 'link') yield { entry, target: portableTarget(await readlink(file)) };
      else if (entry.size <= wholeFile) yield { entry, bytes: readFileSync(file) };
      // A file that grew meanwhile must not overrun its header. Its new content is found out on the server.
      else yield { entry, bytes: createReadStream(file, { end: entry.size - 1 }) };
    }
  };
}
