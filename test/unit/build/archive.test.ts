import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { archiveContext } from '../../../packages/core/src/build/sources/archive/context.ts';
import { readArchive } from '../../../packages/core/src/build/sources/archive/read.ts';
import type { LocalContext } from '../../../packages/core/src/build/sources/contents.ts';
import { ignoreRules } from '../../../packages/core/src/build/sources/ignore-rules.ts';
import { type ZipEntry, zip } from '../../support/zip.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drayage-archive-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type TarEntry = Partial<Header> & { readonly name: string; readonly content?: string };

async function tar(entries: readonly TarEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const { content = '', ...header } of entries) archive.entry(header as Header, content);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function read(bytes: Buffer, name = 'site.tar.gz') {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return readArchive({ name, file, wantsText: (entry) => entry === 'Dockerfile' });
}

const ofTar = async (...entries: TarEntry[]) => read(gzipSync(await tar(entries)));
const ofZip = (...entries: ZipEntry[]) => read(zip(entries), 'site.zip');

const whole = (archive: Awaited<ReturnType<typeof read>>, rules = '', below = '.') => {
  const context = archiveContext(archive, below, ignoreRules(rules));
  if (context === undefined) throw new Error(`there is no ${below}`);
  return context;
};

const paths = ({ tree }: LocalContext) => tree.entries.map(({ path }) => path).sort();

/** Everything that would be sent, as text by path. */
async function sent(context: LocalContext): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for await (const { entry, bytes, target, sameAs } of context.contents(context.tree.entries)) {
    const chunks: Buffer[] = [];
    if (bytes !== undefined && !(bytes instanceof Buffer)) for await (const chunk of bytes) chunks.push(chunk);
    const text = bytes instanceof Buffer ? bytes.toString() : Buffer.concat(chunks).toString();
    all[entry.path] = sameAs !== undefined ? `=${sameAs}` : target !== undefined ? `->${target}` : text;
  }
  return all;
}

describe('an archive', () => {
  it.each([
    ['tar', (entries: readonly TarEntry[]) => tar(entries)],
    ['tar.gz', async (entries: readonly TarEntry[]) => gzipSync(await tar(entries))],
  ])('is read as %s, whatever it is called', async (_, make) => {
    const entries: TarEntry[] = [
      { name: './Dockerfile', content: 'FROM scratch\n' },
      { name: './run.sh', content: 'run', mode: 0o6755 },
      { name: './lib/', type: 'directory', mode: 0o700 },
      { name: './lib/large', content: 'x'.repeat(3 << 20) },
      { name: './link', type: 'symlink', linkname: 'lib/large' },
      { name: './again', type: 'link', linkname: './lib/large' },
    ];
    const archive = await read(await make(entries), 'site.bin');
    expect(archive.texts.get('Dockerfile')).toBe('FROM scratch\n');
    const context = whole(archive);
    const modes = Object.fromEntries(context.tree.entries.map(({ path, mode }) => [path, mode.toString(8)]));
    // No permission that acts for another user comes along.
    expect(modes).toEqual({
      Dockerfile: '100644',
      'run.sh': '100755',
      lib: '40700',
      'lib/large': '100644',
      link: '120777',
      again: '100644',
    });
    const { again = '', 'lib/large': large = '', ...rest } = await sent(context);
    expect([again.length, large.length].sort()).toEqual(['=again'.length, 3 << 20].sort());
    expect(rest).toEqual({ Dockerfile: 'FROM scratch\n', 'run.sh': 'run', lib: '', link: '->lib/large' });
  });

  it('is read as zip, from Unix and from Windows', async () => {
    const archive = await ofZip(
      { name: 'run.sh', content: 'run', mode: 0o100755, method: 8 },
      { name: 'link', content: 'run.sh', mode: 0o120777 },
      { name: 'win\\file.txt', content: 'text' },
      { name: '__MACOSX/._run.sh', content: 'x' },
      { name: 'empty/' },
    );
    const context = whole(archive);
    expect(await sent(context)).toEqual({
      'run.sh': 'run',
      link: '->run.sh',
      win: '',
      'win/file.txt': 'text',
      empty: '',
    });
    expect(context.tree.entries.find(({ path }) => path === 'run.sh')?.mode).toBe(0o100755);
    expect(context.tree.entries.find(({ path }) => path === 'win/file.txt')?.mode).toBe(0o100644);
  });

  it('gives the same tree as another archive of the same files', async () => {
    const one = whole(await ofTar({ name: 'a', content: '1', mode: 0o644 }, { name: 'b', content: '2', mode: 0o644 }));
    const other = whole(
      await ofZip({ name: 'b', content: '2', mode: 0o100644 }, { name: 'a', content: '1', mode: 0o100644 }),
    );
    expect(other.tree.root).toBe(one.tree.root);
  });

  it('begins in the only folder at its top', async () => {
    const archive = await ofTar(
      { name: 'site-1.2.3/Dockerfile', content: 'FROM scratch' },
      { name: 'site-1.2.3/apps/web/a', content: 'a' },
    );
    expect(archive.top).toBe('site-1.2.3');
    expect(paths(whole(archive))).toEqual(['Dockerfile', 'apps', 'apps/web', 'apps/web/a']);
    expect(await sent(whole(archive, '', 'apps/web'))).toEqual({ a: 'a' });
    expect(archiveContext(archive, 'nope', ignoreRules(''))).toBeUndefined();
    expect((await ofTar({ name: 'top/a', content: 'a' }, { name: 'b', content: 'b' })).top).toBeUndefined();
  });

  it('leaves at home what a checkout would leave', async () => {
    const archive = await ofTar(
      { name: '.git/config', content: 'x' },
      { name: 'src/app/a.js', content: 'a' },
      { name: 'src/lib/b.js', content: 'b' },
      { name: 'top', content: 't' },
    );
    expect(paths(whole(archive))).toEqual(['src', 'src/app', 'src/app/a.js', 'src/lib', 'src/lib/b.js', 'top']);
    expect(paths(whole(archive, '*\n!src/app'))).toEqual(['src', 'src/app', 'src/app/a.js']);
    expect(paths(whole(archive, 'src'))).toEqual(['top']);
  });

  it('is sent in part, a repeated file as well', async () => {
    const archive = await ofTar(
      { name: 'a', content: '1' },
      { name: 'b', type: 'link', linkname: 'a' },
      { name: 'c', content: '3' },
    );
    const { contents, tree } = whole(archive);
    const pieces: string[] = [];
    for await (const { entry, bytes } of contents(tree.entries.filter(({ path }) => path === 'b'))) {
      pieces.push(`${entry.path} ${bytes instanceof Buffer ? bytes : ''}`);
    }
    expect(pieces).toEqual(['b 1']);
  });

  it('tells when it was replaced by another before it was sent', async () => {
    const archive = await ofTar({ name: 'a', content: '1' }, { name: 'b', content: '2' });
    const context = whole(archive);
    writeFileSync(join(folder, 'site.tar.gz'), gzipSync(await tar([{ name: 'a', content: '1' }])));
    await expect(sent(context)).rejects.toThrow('the archive has no b any more');
  });
});

describe('an archive that is refused', () => {
  it.each<[string, () => Promise<unknown>, string]>([
    [
      'a way out',
      () => ofTar({ name: '../etc/passwd', content: 'x' }),
      'site.tar.gz holds a path that leaves it, "../etc/passwd".',
    ],
    [
      'a way out in between',
      () => ofTar({ name: 'a/../../b', content: 'x' }),
      'holds a path that leaves it, "a/../../b".',
    ],
    [
      'a way out in a zip',
      () => ofZip({ name: '../evil', content: 'x' }),
      'site.zip holds a path that leaves it, "../evil".',
    ],
    ['a way out by backslashes', () => ofZip({ name: '..\\evil', content: 'x' }), 'holds a path that leaves it'],
    [
      'an absolute path',
      () => ofTar({ name: '/etc/cron.d/x', content: 'x' }),
      'holds an absolute path, "/etc/cron.d/x".',
    ],
    ['an absolute path of Windows', () => ofZip({ name: 'C:\\x', content: 'x' }), 'holds an absolute path, "C:/x".'],
    ['a line break', () => ofTar({ name: 'a\nb', content: 'x' }), 'holds a name that cannot be sent, "a\\nb".'],
    [
      'an absolute link',
      () => ofTar({ name: 'a', content: 'x' }, { name: 'l', type: 'symlink', linkname: '/etc/shadow' }),
      'holds a link that leads out of it, "l" to "/etc/shadow".',
    ],
    [
      'a link that leads out',
      () => ofZip({ name: 'top/a/l', content: '../../x', mode: 0o120777 }, { name: 'top/b', content: '' }),
      'holds a link that leads out of it, "top/a/l" to "../../x".',
    ],
    [
      'a link that leads out by another link',
      () =>
        ofTar(
          { name: 'deep/er/file', content: '' },
          { name: 'up', content: '' },
          { name: 'deep/er/root', type: 'symlink', linkname: '../..' },
          { name: 'out', type: 'symlink', linkname: 'deep/er/root/../x' },
        ),
      'holds a link that leads out of it, "out" to "deep/er/root/../x".',
    ],
    [
      'a file below a link',
      () => ofTar({ name: 'l', type: 'symlink', linkname: '/tmp' }, { name: 'l/x', content: '1' }),
      'holds "l/x" below "l", which is a link.',
    ],
    [
      'a hard link to elsewhere',
      () => ofTar({ name: 'h', type: 'link', linkname: '/etc/shadow' }),
      'holds a hard link, "h", to "/etc/shadow", which is no file before it in the archive.',
    ],
    ['a device', () => ofTar({ name: 'null', type: 'character-device' }), 'holds a character device, "null".'],
    ['a pipe', () => ofTar({ name: 'p', type: 'fifo' }), 'holds a fifo, "p".'],
    ['a name twice', () => ofTar({ name: 'a', content: '1' }, { name: './a', content: '2' }), 'holds "./a" twice.'],
    [
      'a folder that is a file too',
      () => ofZip({ name: 'a/b', content: '1' }, { name: 'a', content: '2' }),
      'holds "a" as a folder and as something else.',
    ],
    [
      'an encrypted file',
      () => ofZip({ name: 'a', content: '1', flags: 1, method: 8 }),
      'holds an encrypted file, "a".',
    ],
    [
      'a compression of its own',
      () => ofZip({ name: 'a', content: '1', method: 12 }),
      'compressed by method 12 of zip, "a".',
    ],
    [
      'a bomb in a zip',
      () => ofZip({ name: 'a', content: '1', size: 2 ** 30, method: 8 }),
      'unpacks to over 200 times its size; with "a"',
    ],
    ['nothing', () => ofZip(), 'site.zip is empty.'],
    [
      'another size than it says',
      () => ofZip({ name: 'a', content: 'long', size: 2, method: 8 }),
      'site.zip is damaged: ',
    ],
  ])('for %s', async (_, make, message) => {
    await expect(make()).rejects.toMatchObject({ code: 'ARCHIVE_INVALID', message: expect.stringContaining(message) });
  });

  it('for what unpacks to far more than it is', async () => {
    const archive = pack();
    archive.entry({ name: 'zeros', size: 600 << 20 });
    const [header] = (await once(archive, 'data')) as [Buffer];
    const begin = Buffer.concat([header, Buffer.alloc(1 << 20)]);
    await expect(read(gzipSync(begin))).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      message: 'site.tar.gz unpacks to over 200 times its size; with "zeros" it is too much.',
    });
  });

  it('for a cut', async () => {
    const bytes = gzipSync(await tar([{ name: 'a', content: `${Math.random()}`.repeat(10_000) }]));
    await expect(read(bytes.subarray(0, -50))).rejects.toMatchObject({
      message: expect.stringMatching(/^site\.tar\.gz is damaged: unexpected end of file/),
    });
    const plain = await tar([{ name: 'a', content: 'x'.repeat(5000) }]);
    await expect(read(plain.subarray(0, 2000), 'a.tar')).rejects.toMatchObject({
      message: expect.stringMatching(/^a\.tar is damaged: Unexpected end of data/),
    });
  });

  it('for another format, a folder, or not being there', async () => {
    await expect(read(Buffer.from('\xfd7zXZ\0', 'latin1'), 'site.tar.xz')).rejects.toMatchObject({
      message: 'site.tar.xz is no archive that can be read; expected tar, tar.gz or zip, and this is xz.',
    });
    const wantsText = () => false;
    await expect(readArchive({ name: 'dist', file: folder, wantsText })).rejects.toMatchObject({
      message: 'dist is no file, and so no archive.',
      hint: 'For a folder use source.path.',
    });
    writeFileSync(join(folder, 'site.tar.gz'), '');
    await expect(
      readArchive({ name: 'sit.tar.gz', file: join(folder, 'sit.tar.gz'), wantsText }),
    ).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      hint: 'Did you mean "site.tar.gz"?',
    });
  });
});
