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
