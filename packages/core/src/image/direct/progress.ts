import type { OfferWatch } from '../../registry/offer.ts';

/** What has travelled to one node. */
export class Progress implements OfferWatch {
  readonly #sizes: ReadonlyMap<string, { readonly size: number }>;
  /** Digest of each blob that was asked for, with how far it has come. */
  readonly #reached = new Map<string, number>();
  readonly #begunAt = performance.now();
  #sent = 0;
  #resumed = 0;
  #lastAt = 0;

  constructor(blobs: ReadonlyMap<string, { readonly size: number }>) {
    this.#sizes = blobs;
  }

  onBegin(digest: string, from: number): void {
    if (from > 0) this.#resumed += 1;
    this.#reached.set(digest, from);
  }

  onBytes(digest: string, count: number): void {
    this.#sent += count;
    this.#reached.set(digest, (this.#reached.get(digest) ?? 0) + count);
    this.#lastAt = performance.now();
  }

  /** Blobs that were asked for. */
  get blobs(): number {
    return this.#reached.size;
  }

  /** Bytes on the way, those of a second attempt included. */
  get sent(): number {
    return this.#sent;
  }

  /** How far it is, in words; undefined before anything was asked for. */
  describe(): string | undefined {
    if (this.#reached.size === 0) return undefined;
    const reached = [...this.#reached.values()].reduce((sum, bytes) => sum + bytes, 0);
    const wanted = [...this.#reached.keys()].reduce((sum, digest) => sum + (this.#sizes.get(digest)?.size ?? 0), 0);
    return `${megabytes(reached)} of ${megabytes(wanted)} sent, ${this.#rate()}`;
  }

  /** What it was in all, in words. */
  conclude(): string {
    if (this.#sent === 0) return 'all layers were there already';
    const again = this.#resumed === 0 ? '' : `, ${this.#resumed} time(s) continued where it stopped`;
    return `${megabytes(this.#sent)} sent, ${this.#rate()}${again}`;
  }

  #rate(): string {
    const seconds = (this.#lastAt - this.#begunAt) / 1000;
    return `${(this.#sent / 1e6 / Math.max(seconds, 0.001)).toFixed(1)} MB/s`;
  }
}

export function megabytes(bytes: number): string {
  return bytes < 100_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
