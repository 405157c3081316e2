import { createReadStream, readFileSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Header, type Pack, pack } from 'tar-stream';
import { portableTarget } from './portable.ts';
import type { Entry } from './tree.ts';

/** Files up to this size are read whole; larger ones are streamed. */
const wholeFile = 1 << 20;

type FileHeader = Partial<Header> & Pick<Header, 'name'>;

/** A file made of text, in front of the sources in the archive. */
export interface ControlFile {
  readonly name: string;
  readonly text: string;
}

export interface Archive {
  readonly stream: Readable;
  /** Compressed bytes so far. */
  readonly bytes: () => number;
}

/**
 * A compressed tar stream of control files and of entries of a folder below `prefix`, with their folders before them. gzip at level 1
 * is faster than most links. A fault while reading ends the stream with an error.
 */
export function packEntries(
  root: string,
  prefix: string,
  entries: readonly Entry[],
  control: readonly ControlFile[],
): Archive {
  let bytes = 0;
  const archive = pack();
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  writeAll(archive, root, prefix, entries, control).then(
    () => archive.finalize(),
    (fault: Error) => archive.destroy(fault),
  );
  pipeline(archive, createGzip({ level: 1 }), counted).catch((fault: Error) => counted.destroy(fault));
  return { stream: counted, bytes: () => bytes };
}

async function writeAll(
  archive: Pack,
  root: string,
  prefix: string,
  entries: readonly Entry[],
  control: readonly ControlFile[],
): Promise<void> {
  for (const { name, text } of control) await write(archive, { name, mode: 0o600 }, Buffer.from(text));
  // There to the receiver also where nothing is below it.
  await write(archive, { name: `${prefix}/`, mode: 0o755, type: 'directory' });
  const inOrder = [...entries].sort((one, other) => (one.path < other.path ? -1 : 1));
  for (const { path, mode, kind, size } of inOrder) {
    const header = { name: `${prefix}/${path}`, mode: mode & 0o7777 };
    const file = join(root, path);
    if (kind === 'folder') await write(archive, { ...header, type: 'directory' });
    else if (kind === 'link')
      await write(archive, { ...header, type: 'symlink', linkname: portableTarget(await readlink(file)) });
    else if (size <= wholeFile) await write(archive, { ...header, type: 'file' }, readFileSync(file));
    else await writeStream(archive, { ...header, type: 'file', size }, file);
  }
}

function write(archive: Pack, header: FileHeader, content?: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (fault?: Error | null) => (fault == null ? resolve() : reject(fault));
    if (content === undefined) archive.entry(header, done);
    else archive.entry(header, content, done);
  });
}

async function writeStream(archive: Pack, header: FileHeader, file: string): Promise<void> {
  // A file that grew meanwhile must not overrun its header. Its new content is found out on the server.
  await pipeline(createReadStream(file, { end: (header.size ?? 1) - 1 }), archive.entry(header));
}
