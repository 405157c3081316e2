import { createHash, hash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, posix, resolve } from 'node:path';
import { didYouMean } from '../../../config/nearest.ts';
import { DrayageError } from '../../../errors/drayage-error.ts';
import { Layout, type Node } from './layout.ts';
import { type OpenMember, type ReadMembers, refused } from './member.ts';

/** An archive that was read once, and nothing of which is kept but names, digests and some texts. */
export interface ReadArchive {
  /** As its user named it. */
  readonly name: string;
  /** Relative to the root that the archive stands for. */
  readonly nodes: ReadonlyMap<string, Node>;
  /** The folder at the top that was taken for the root. */
  readonly top?: string;
  /** Text of the files that were asked for, by path. */
  readonly texts: ReadonlyMap<string, string>;
  /** Reads it again. */
  readonly read: ReadMembers;
}

export interface ArchiveRequest {
  readonly name: string;
  readonly file: string;
  /** Whether the text of a file is wanted, by its last name. */
  readonly wantsText: (name: string) => boolean;
  readonly signal?: AbortSignal;
}

/** Larger files are no Dockerfiles. */
const largestText = 1 << 20;

/**
 * Reads an archive and judges all of it before anything is sent. No name in it ever becomes a path on this machine: its files are only hashed here, and
 * pass through to the server when they are sent. Throws ARCHIVE_INVALID, and SOURCE_INVALID when there is no such file.
 */
export async function readArchive({ name, file, wantsText, signal }: ArchiveRequest): Promise<ReadArchive> {
  const size = await sizeOf(file, name);
  const read = await readerOf(file, name);
  const layout = new Layout(name, size);
  const captured = new Map<string, string>();
  try {
    for await (const { member, open: openContent } of read()) {
      signal?.throwIfAborted();
      const path = layout.place(member);
      if (path === undefined) continue;
      if (member.kind === 'link') layout.add(path, member, hash('sha256', member.target ?? ''));
      else if (member.kind !== 'file') layout.add(path, member);
      else {
        const isText = member.size <= largestText && wantsText(posix.basename(path));
        const { digest, text } = await digestOf(openContent, isText);
        layout.add(path, member, digest);
        if (text !== undefined) captured.set(path, text);
      }
    }
  } catch (cause) {
    if (cause instanceof DrayageError || signal?.aborted) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw refused(name, `is damaged: ${reason}`, 'Make it again; `tar -tf` or `unzip -t` show what can be read of it.');
  }
  const { nodes, top } = layout.finish();
  const texts = nodes.flatMap(({ path, heldAt }) => {
    const text = captured.get(heldAt);
    return text === undefined ? [] : [[path, text] as const];
  });
  return { name, nodes: new Map(nodes.map((node) => [node.path, node])), top, texts: new Map(texts), read };
}

async function digestOf(openContent: OpenMember['open'], isText: boolean): Promise<{ digest: string; text?: string }> {
  const digest = createHash('sha256');
  const chunks: Buffer[] = [];
  for await (const chunk of await openContent()) {
    digest.update(chunk);
    if (isText) chunks.push(chunk);
  }
  return { digest: digest.digest('hex'), text: isText ? Buffer.concat(chunks).toString('utf8') : undefined };
}

/** By what the file begins with, whatever its name. */
async function readerOf(file: string, name: string): Promise<ReadMembers> {
  await using handle = await open(file);
  const head = Buffer.alloc(512);
  const { bytesRead } = await handle.read(head, 0, head.length, 0);
  const begins = (...bytes: readonly number[]) => bytes.every((byte, index) => head[index] === byte);
  // The libraries are wanted by few.
  if (begins(0x1f, 0x8b)) {
    const { tarMembers } = await import('./tar.ts');
    return () => tarMembers(file, true);
  }
  if (begins(0x50, 0x4b, 0x03, 0x04) || begins(0x50, 0x4b, 0x05, 0x06)) {
    const { zipMembers } = await import('./zip.ts');
    return () => zipMembers(file);
  }
  if (bytesRead === 512 && head.subarray(257, 262).toString('latin1') === 'ustar') {
    const { tarMembers } = await import('./tar.ts');
    return () => tarMembers(file, false);
  }
  throw refused(name, `is no archive that can be read; expected tar, tar.gz or zip${kindOf(begins)}`);
}

function kindOf(begins: (...bytes: readonly number[]) => boolean): string {
  const known: readonly (readonly [string, readonly number[]])[] = [
    ['bzip2', [0x42, 0x5a, 0x68]],
    ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
    ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
    ['7-Zip', [0x37, 0x7a, 0xbc, 0xaf]],
  ];
  const found = known.find(([, bytes]) => begins(...bytes));
  return found === undefined ? '' : `, and this is ${found[0]}`;
}

async function sizeOf(file: string, name: string): Promise<number> {
  const found = await stat(file).catch((cause: NodeJS.ErrnoException) => cause);
  if (found instanceof Error) {
    if (found.code !== 'ENOENT' && found.code !== 'ENOTDIR') {
      throw new DrayageError('SOURCE_INVALID', `The archive ${name} cannot be read: ${found.message}.`, {
        cause: found,
      });
    }
    const beside = await readdir(dirname(file)).catch(() => []);
    const archives = beside.filter((other) => /\.(?:tar|tgz|tar\.gz|zip)$/i.test(other)).slice(0, 10);
    throw new DrayageError('SOURCE_INVALID', `There is no archive ${basename(file)} in ${resolve(dirname(file))}.`, {
      hint: didYouMean(basename(file), archives) ?? 'Make it in a step before this one, on the same runner.',
    });
  }
  if (found.isFile()) return found.size;
  throw new DrayageError('SOURCE_INVALID', `${name} is no file, and so no archive.`, {
    hint: found.isDirectory() ? 'For a folder use source.path.' : undefined,
  });
}
