import type { OfferWatch } from '../../registry/offer.ts';
import type { Progress } from './progress.ts';

/** Bytes of a layer that must have come, and must still be missing, for holding to be worth the second it takes. */
const worthwhile = 32_000_000;
/** How often a pull may not be there to be cancelled. */
const mostRefusals = 5;
/** How often an engine may be found to have thrown away what was held; the first time a cable may have been pulled just then. */
const mostLosses = 2;

/**
 * What an engine with the containerd image store fetches belongs to the pull that fetches it, by a lease of containerd: when
 * the pull fails, what it has of a layer is thrown away, and the next one begins anew. A pull that is cancelled leaves its
 * lease behind for hours, so that the next one goes on (moby: daemon/containerd/leases.go). So once enough of a layer has
 * come, the pull is cancelled and begun again: from then on no broken connection costs more than what is on its way.
 */
export class Hold implements OfferWatch {
  readonly #progress: Progress;
  readonly #sizes: ReadonlyMap<string, { readonly size: number }>;
  /** Digest of each blob that was asked for, with how far it has come. */
  readonly #reached = new Map<string, number>();
  readonly #held = new Set<string>();
  /** Blobs whose fetching was interrupted on purpose and has yet to go on. */
  readonly #interrupted = new Set<string>();
  #losses = 0;
  #refusals = 0;
  /** Cancels the pull and has it begun again; rejects where that was not possible. */
  onWorthwhile: () => Promise<void> = async () => undefined;

  /** @param progress Is told everything. */
  constructor(progress: Progress, sizes: ReadonlyMap<string, { readonly size: number }>) {
    this.#progress = progress;
    this.#sizes = sizes;
  }

  onBegin(digest: string, from: number): void {
    const isPlanned = this.#interrupted.delete(digest);
    if (from === 0 && this.#held.delete(digest) && isPlanned) this.#losses += 1;
    this.#reached.set(digest, from);
    this.#progress.onBegin(digest, from, isPlanned);
  }

  onBytes(digest: string, count: number): void {
    const reached = (this.#reached.get(digest) ?? 0) + count;
    this.#reached.set(digest, reached);
    this.#progress.onBytes(digest, count);
    const missing = (this.#sizes.get(digest)?.size ?? 0) - reached;
    if (this.#held.has(digest) || reached < worthwhile || missing < worthwhile || this.#losses >= mostLosses) return;
    // What is fetched beside it belongs to the same pull.
    const added = [...this.#reached.keys()].filter((begun) => !this.#held.has(begun));
    for (const [begun, bytes] of this.#reached) {
      this.#held.add(begun);
      if (bytes < (this.#sizes.get(begun)?.size ?? 0)) this.#interrupted.add(begun);
    }
    this.onWorthwhile().catch(() => {
      this.#interrupted.clear();
      // Just after an outage the pull may be another one than was known: the next one is tried.
      this.#refusals += 1;
      if (this.#refusals <= mostRefusals) for (const one of added) this.#held.delete(one);
    });
  }

  onFailure(digest: string, error: Error): void {
    this.#progress.onFailure(digest, error);
  }
}
