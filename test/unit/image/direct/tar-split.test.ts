import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layerArchive } from '../../../../packages/core/src/image/direct/layer-archive.ts';
import { parseTarSplit } from '../../../../packages/core/src/image/direct/tar-split.ts';

type Part = { bytes: Buffer } | { name: string; content: Buffer };

/** What an engine keeps of an archive of these parts. */
function split(parts: readonly Part[]): Buffer {
  const lines = parts.map((part, position) =>
    JSON.stringify(
      'bytes' in part
        ? { type: 2, payload: part.bytes.toString('base64'), position }
        : { type: 1, name: part.name, size: part.content.length, payload: 'Y2hlY2tzdW0=', position },
    ),
  );
  return gzipSync(`${lines.join('\n')}\n`);
}

async function assemble(parts: readonly Part[], from: number, chunk: number): Promise<Buffer> {
  const files = new Map(parts.flatMap((part) => ('name' in part ? [[part.name, part.content] as const] : [])));
  const read = async (names: readonly string[], skip: number) => {
    const all = Buffer.concat(names.map((name) => files.get(name) ?? Buffer.from('?'))).subarray(skip);
    const chunks = Array.from({ length: Math.ceil(all.length / chunk) }, (_, at) =>
      all.subarray(at * chunk, (at + 1) * chunk),
    );
    return Readable.from(chunks, { objectMode: false });
  };
  const pieces: Buffer[] = [];
  for await (const piece of layerArchive(parseTarSplit(split(parts)) ?? [], from, read)) pieces.push(piece);
  return Buffer.concat(pieces);
}

const part: fc.Arbitrary<Part> = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => ({ bytes: Buffer.from(bytes) })),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => ({ name: '', content: Buffer.from(bytes) })),
);
const archive = fc
  .array(part, { maxLength: 12 })
  .map((parts) => parts.map((one, index) => ('name' in one ? { ...one, name: `folder/file ${index}"\n` } : one)));

describe('the archive of a layer', () => {
  it('is the same to the byte, from any offset on, in any chunking', async () => {
    await fc.assert(
      fc.asyncProperty(
        archive,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 30 }),
        async (parts, share, chunk) => {
          const whole = Buffer.concat(parts.map((one) => ('bytes' in one ? one.bytes : one.content)));
          const from = Math.floor(share * whole.length);
          expect((await assemble(parts, from, chunk)).equals(whole.subarray(from))).toBe(true);
        },
      ),
    );
  });

  it('is not put together of files outside of the layer, or with names that no program can be given', () => {
    const content = Buffer.from('x');
    expect(parseTarSplit(split([{ name: 'a/../../etc/passwd', content }]))).toBeUndefined();
    expect(parseTarSplit(gzipSync('{"type":1,"name_raw":"/w==","size":1,"position":0}\n'))).toBeUndefined();
    expect(parseTarSplit(gzipSync('{"type":3,"position":0}\n'))).toBeUndefined();
  });

  it('is put together no further than somebody reads it', async () => {
    const parts = Array.from({ length: 40_000 }, () => ({ bytes: Buffer.alloc(512, 7) }));
    const archive = layerArchive(parseTarSplit(split(parts)) ?? [], 0, () => Promise.reject(new Error('no files')));
    archive.read(0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(archive.readableLength).toBeLessThan(300_000);
    let seen = 0;
    for await (const chunk of archive) seen += (chunk as Buffer).length;
    expect(seen).toBe(40_000 * 512);
  });

  it('ends with an error where the files are shorter than they should be', async () => {
    const pieces = parseTarSplit(split([{ name: 'a', content: Buffer.from('content') }])) ?? [];
    const short = async () => Readable.from([Buffer.from('con')], { objectMode: false });
    const read = async () => {
      for await (const _ of layerArchive(pieces, 0, short));
    };
    await expect(read()).rejects.toThrow('end within a');
  });
});
