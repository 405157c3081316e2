import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from 'yauzl';
import type { Member, OpenMember } from './member.ts';

/** The members of a zip file (APPNOTE.TXT). */
export async function* zipMembers(file: string): AsyncGenerator<OpenMember> {
  // Names are judged elsewhere, for all archives by the same rules.
  const zip = await openPromise(file, { lazyEntries: true, autoClose: false, decodeStrings: false });
  try {
    for await (const entry of zip.eachEntry()) {
      const member = await memberOf(zip, entry);
      // The Finder puts these beside what was compressed.
      if (!/^__MACOSX(?:\/|$)/.test(member.name)) yield { member, open: () => zip.openReadStreamPromise(entry) };
    }
  } finally {
    zip.close();
  }
}

/** Who made the entry, in the upper byte: then the upper half of the attributes is `st_mode`. */
const unix = 3;
const longestTarget = 4096;

async function memberOf(zip: ZipFile, entry: Entry): Promise<Member> {
  const name = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);
  const mode = entry.versionMadeBy >>> 8 === unix ? entry.externalFileAttributes >>> 16 : 0;
  const base = { name, mode: mode & 0o7777, size: entry.uncompressedSize };
  if (entry.isEncrypted()) return { ...base, kind: 'other', target: 'an encrypted file' };
  if (!entry.canDecodeFileData()) {
    return { ...base, kind: 'other', target: `a file compressed by method ${entry.compressionMethod} of zip` };
  }
  const type = mode & 0o170000;
  if (name.endsWith('/')) return { ...base, kind: 'folder', mode: base.mode || 0o755, size: 0 };
  if (type === 0o120000) {
    if (entry.uncompressedSize > longestTarget)
      return { ...base, kind: 'other', target: 'a link with a target of over 4 kB' };
    return { ...base, kind: 'link', size: 0, target: await targetOf(zip, entry) };
  }
  if (type !== 0 && type !== 0o100000) return { ...base, kind: 'other', target: 'a device, pipe or socket' };
  return { ...base, kind: 'file', mode: base.mode || 0o644 };
}

async function targetOf(zip: ZipFile, entry: Entry): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
