import { Readable } from 'node:stream';
import type { TarPiece } from './tar-split.ts';

/** Parts smaller than this are joined, in bytes; copying costs more than it saves for larger ones. */
const worthwhile = 16 * 1024;
/** Bytes that are put together before somebody reads them. */
const ahead = 128 * 1024;

/**
 * The archive of a layer from an offset on.
 *
 * @param read Gives the content of files, one behind the other, without so many bytes of the first.
 */
export function layerArchive(
  pieces: readonly TarPiece[],
  from: number,
  read: (files: readonly string[], skip: number) => Promise<Readable>,
): Readable {
  let [index, begin] = [0, 0];
  for (let piece = pieces[index]; piece !== undefined && begin + piece.size <= from; piece = pieces[index]) {
    begin += piece.size;
    index += 1;
  }
  const rest = pieces.slice(index);
  const skipped = from - begin;
  const files = rest.flatMap((piece) => (piece.kind === 'file' ? [piece.name] : []));
  const skip = rest[0]?.kind === 'file' ? skipped : 0;
  return new LayerArchive(rest, skipped, files.length === 0 ? undefined : () => read(files, skip));
}

/**
 * Puts the contents of files, as they arrive, between the bytes that stand between them. All of it happens in the turn of
 * the event loop in which they arrive, and large parts are passed on as they are: this is most of what a transfer without
 * a registry costs here.
 */
class LayerArchive extends Readable {
  readonly #pieces: readonly TarPiece[];
  readonly #open: (() => Promise<Readable>) | undefined;
  #contents: Readable | undefined;
  #hasBegun = false;
  #index = 0;
  /** Bytes of the present piece that are behind us. */
  #passed: number;
  #joined: Buffer[] = [];
  #waiting = 0;
  #hasRoom = true;
  /** Contents that have arrived and wait for room. */
  #left: Buffer = Buffer.alloc(0);
  /** Whether all contents have arrived. */
  #isOver = false;

  constructor(pieces: readonly TarPiece[], passed: number, open: (() => Promise<Readable>) | undefined) {
    super({ highWaterMark: ahead });
    this.#pieces = pieces;
    this.#passed = passed;
    this.#open = open;
  }

  override _read(): void {
    this.#hasRoom = true;
    const open = this.#hasBegun ? undefined : this.#open;
    this.#hasBegun = true;
    open?.().then(
      (contents) => this.#follow(contents),
      (error: Error) => this.destroy(error),
    );
    this.#goOn();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#contents?.destroy();
    done(error);
  }

  #follow(contents: Readable): void {
    // What fails after it was given up interests nobody.
    contents.on('error', (error) => this.destroy(error));
    if (this.destroyed) {
      contents.destroy();
      return;
    }
    this.#contents = contents;
    contents.on('data', (chunk: Buffer) => {
      this.#left = this.#left.length === 0 ? chunk : Buffer.concat([this.#left, chunk]);
      this.#goOn();
    });
    contents.once('end', () => {
      this.#isOver = true;
      this.#goOn();
    });
  }

  /** Passes on what there is, as long as somebody has room for it: the contents at hand, and the bytes around them. */
  #goOn(): void {
    while (this.#hasRoom && this.#index < this.#pieces.length) {
      const piece = this.#pieces[this.#index] as TarPiece;
      if (piece.kind === 'bytes') this.#give(piece.bytes.subarray(this.#passed));
      else {
        const part = this.#left.subarray(0, piece.size - this.#passed);
        if (part.length === 0) {
          if (this.#isOver) this.destroy(new Error(`the layer's files end within ${piece.name}`));
          break;
        }
        this.#give(part);
        this.#left = this.#left.subarray(part.length);
        this.#passed += part.length;
        if (this.#passed < piece.size) continue;
      }
      this.#passed = 0;
      this.#index += 1;
    }
    this.#flush();
    if (this.#index === this.#pieces.length) {
      this.push(null);
      this.#contents?.destroy();
    } else if (this.#hasRoom) this.#contents?.resume();
    else this.#contents?.pause();
  }

  #give(part: Buffer): void {
    if (part.length >= worthwhile) {
      this.#flush();
      this.#hasRoom = this.push(part);
      return;
    }
    this.#joined.push(part);
    this.#waiting += part.length;
    if (this.#waiting >= worthwhile) this.#flush();
  }

  #flush(): void {
    if (this.#waiting > 0) this.#hasRoom = this.push(Buffer.concat(this.#joined));
    [this.#joined, this.#waiting] = [[], 0];
  }
}
