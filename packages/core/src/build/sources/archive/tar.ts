import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import type { Member, OpenMember } from './member.ts';

/** The members of a tar file (POSIX.1-2017, pax; GNU tar), compressed by gzip or not. */
export async function* tarMembers(file: string, isCompressed: boolean): AsyncGenerator<OpenMember> {
  const archive = extract();
  // The fault reaches us as that of the archive.
  const onEnd = () => undefined;
  const source = createReadStream(file, { highWaterMark: 1 << 18 });
  if (isCompressed) pipeline(source, createGunzip(), archive, onEnd);
  else pipeline(source, archive, onEnd);
  for await (const entry of archive) {
    let isOpen = false;
    yield {
      member: memberOf(entry.header),
      open: async () => {
        isOpen = true;
        return entry as never;
      },
    };
    if (!isOpen) entry.resume();
  }
}

/** Kinds by the words of tar-stream, which knows no others. */
const kinds: Readonly<Record<string, Member['kind']>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'folder',
  symlink: 'link',
  link: 'copy',
};

function memberOf({ name, type, mode = 0o644, size = 0, linkname, pax }: Header): Member {
  // A file with holes says in its pax header how its content is to be taken apart.
  const isSparse = Object.keys(pax ?? {}).some((key) => key.startsWith('GNU.sparse.'));
  const kind = isSparse ? 'other' : (kinds[type ?? ''] ?? 'other');
  const what = isSparse ? 'a sparse file' : `a ${(type ?? 'thing of an unknown kind').replace('-', ' ')}`;
  return { name, kind, mode, size, target: kind === 'other' ? what : (linkname ?? undefined) };
}
