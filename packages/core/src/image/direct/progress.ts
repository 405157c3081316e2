import { DrayageError } from '../../errors/drayage-error.ts';
import type { OfferWatch } from '../../registry/offer.ts';

/** How often a blob may be found unreadable before it is given up: it may be that a connection has just broken. */
const patience = 3;

/** What has travelled to one node. */
export class Progress implements OfferWatch {
  readonly #sizes: ReadonlyMap<string, { readonly size: number }>;
  /** Digest of each blob that was asked for, with how far it has come. */
  readonly #reached = new Map<string, number>();
  readonly #begunAt = performance.now();
  #sent = 0;
  #resumed = 0;
  #lastAt = 0;
  #failures = 0;
  readonly #onUnreadable: (error: Error) => void;

  /** @param onUnreadable Called when a blob can for certain not be read. */
  constructor(blobs: ReadonlyMap<string, { readonly size: number }>, onUnreadable: (error: Error) => void) {
    this.#sizes = blobs;
    this.#onUnreadable = onUnreadable;
  }

  /** @param isPlanned It was interrupted on purpose. */
  onBegin(digest: string, from: number, isPlanned = false): void {
    if (from > 0 && !isPlanned) this.#resumed += 1;
    this.#reached.set(digest, from);
  }

  onFailure(_digest: string, error: Error): void {
    // A server that cannot be reached may come back; how long that is waited for is the connection's business.
    if (error instanceof DrayageError && error.code.startsWith('SSH_')) return;
    this.#failures += 1;
    if (this.#failures >= patience) this.#onUnreadable(error);
  }

  onBytes(digest: string, count: number): void {
    this.#failures = 0;
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
    return `${megabytes(this.#sent)} sent in ${this.#seconds().toFixed(2)} s (${this.#rate()})${again}`;
  }

  #rate(): string {
    return `${(this.#sent / 1e6 / Math.max(this.#seconds(), 0.001)).toFixed(1)} MB/s`;
  }

  /** From the beginning to the last byte. */
  #seconds(): number {
    return (this.#lastAt - this.#begunAt) / 1000;
  }
}

export function megabytes(bytes: number): string {
  return bytes < 100_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
