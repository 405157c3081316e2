import { gunzipSync } from 'node:zlib';
import * as z from 'zod';

/** A stretch of a layer's archive: bytes as they are, or the content of a file of the layer. */
export type TarPiece =
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly size: number }
  | { readonly kind: 'file'; readonly name: string; readonly size: number };

/** One line of the format (github.com/vbatts/tar-split, tar/storage/entry.go). */
const entry = z.object({
  /** 1: a file's content; 2: bytes between the contents. */
  type: z.union([z.literal(1), z.literal(2)]),
  name: z.string().optional(),
  /** A name that is not UTF-8. */
  name_raw: z.string().optional(),
  size: z.number().optional(),
  /** base64: the bytes themselves, or the checksum of a content. */
  payload: z.string().nullish(),
});

/**
 * Reads what an engine keeps of a layer's archive besides the files: headers and padding. With the files it gives the
 * archive back to the byte. undefined where a file's name cannot be handed to a program, or the format is another one.
 */
export function parseTarSplit(compressed: Buffer): readonly TarPiece[] | undefined {
  const pieces: TarPiece[] = [];
  for (const line of gunzipSync(compressed).toString('utf8').split('\n')) {
    if (line === '') continue;
    const parsed = entry.safeParse(JSON.parse(line));
    if (!parsed.success) return undefined;
    const { type, name = '', name_raw: raw, size = 0, payload } = parsed.data;
    if (type === 2) {
      const bytes = Buffer.from(payload ?? '', 'base64');
      pieces.push({ kind: 'bytes', bytes, size: bytes.length });
    } else if (size > 0) {
      if (raw !== undefined || !isPlain(name)) return undefined;
      pieces.push({ kind: 'file', name, size });
    }
  }
  return pieces;
}

/** A path within the layer. */
function isPlain(name: string): boolean {
  return name !== '' && !name.includes('\0') && !name.split('/').includes('..');
}

/** Pieces smaller than this are joined, in bytes. */
const worthwhile = 64 * 1024;

/**
 * The archive from an offset on.
 *
 * @param read Gives the content of files, one behind the other, without so many bytes of the first.
 */
export async function* assembleTar(
  pieces: readonly TarPiece[],
  from: number,
  read: (files: readonly string[], skip: number) => Promise<AsyncIterable<Buffer>>,
): AsyncGenerator<Buffer> {
  let [index, begin] = [0, 0];
  for (let piece = pieces[index]; piece !== undefined && begin + piece.size <= from; piece = pieces[index]) {
    begin += piece.size;
    index += 1;
  }
  const rest = pieces.slice(index);
  const skipped = from - begin;
  const files = rest.flatMap((piece) => (piece.kind === 'file' ? [piece.name] : []));
  const skip = rest[0]?.kind === 'file' ? skipped : 0;
  const contents = files.length === 0 ? undefined : new Contents(await read(files, skip));
  let [joined, waiting]: [Buffer[], number] = [[], 0];
  try {
    for (const [at, piece] of rest.entries()) {
      const passed = at === 0 ? skipped : 0;
      for await (const chunk of piece.kind === 'bytes'
        ? [piece.bytes.subarray(passed)]
        : (contents?.take(piece.name, piece.size - passed) ?? [])) {
        joined.push(chunk);
        waiting += chunk.length;
        if (waiting < worthwhile) continue;
        yield joined.length === 1 ? chunk : Buffer.concat(joined);
        [joined, waiting] = [[], 0];
      }
    }
    if (waiting > 0) yield Buffer.concat(joined);
  } finally {
    await contents?.close();
  }
}

/** Contents of files that arrive behind each other, in any chunking. */
class Contents {
  readonly #chunks: AsyncIterator<Buffer>;
  #left = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async *take(name: string, size: number): AsyncGenerator<Buffer> {
    for (let missing = size; missing > 0; ) {
      if (this.#left.length === 0) {
        const { value, done } = await this.#chunks.next();
        if (done === true) throw new Error(`the layer's files end within ${name}`);
        this.#left = value as Buffer<ArrayBuffer>;
      }
      const part = this.#left.subarray(0, missing);
      this.#left = this.#left.subarray(part.length);
      missing -= part.length;
      yield part;
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
