import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Header, type Pack, pack } from 'tar-stream';
import type { Contents, Piece } from './contents.ts';
import type { Entry } from './tree.ts';

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
 * A compressed tar stream of control files and of entries below `prefix`, with their folders before them. gzip at level 1
 * is faster than most links. A fault while reading ends the stream with an error.
 */
export function packEntries(
  contents: Contents,
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
  writeAll(archive, contents, prefix, entries, control).then(
    () => archive.finalize(),
    (fault: Error) => archive.destroy(fault),
  );
  pipeline(archive, createGzip({ level: 1 }), counted).catch((fault: Error) => counted.destroy(fault));
  return { stream: counted, bytes: () => bytes };
}

async function writeAll(
  archive: Pack,
  contents: Contents,
  prefix: string,
  entries: readonly Entry[],
  control: readonly ControlFile[],
): Promise<void> {
  for (const { name, text } of control) await write(archive, { name, mode: 0o600 }, Buffer.from(text));
  // There to the receiver also where nothing is below it.
  await write(archive, { name: `${prefix}/`, mode: 0o755, type: 'directory' });
  for await (const piece of contents(entries)) await writePiece(archive, prefix, piece);
}

async function writePiece(archive: Pack, prefix: string, { entry, bytes, target, sameAs }: Piece): Promise<void> {
  const header = { name: `${prefix}/${entry.path}`, mode: entry.mode & 0o7777 };
  if (entry.kind === 'folder') await write(archive, { ...header, type: 'directory' });
  else if (entry.kind === 'link') await write(archive, { ...header, type: 'symlink', linkname: target });
  else if (sameAs !== undefined) await write(archive, { ...header, type: 'link', linkname: `${prefix}/${sameAs}` });
  else if (bytes === undefined) await write(archive, { ...header, type: 'file' }, Buffer.alloc(0));
  else if (bytes instanceof Buffer) await write(archive, { ...header, type: 'file' }, bytes);
  else await pipeline(bytes, archive.entry({ ...header, type: 'file', size: entry.size }));
}

function write(archive: Pack, header: FileHeader, content?: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (fault?: Error | null) => (fault == null ? resolve() : reject(fault));
    if (content === undefined) archive.entry(header, done);
    else archive.entry(header, content, done);
  });
}
