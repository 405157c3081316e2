import type { Readable } from 'node:stream';
import type { OfferedBlob, OfferedImage } from '../../registry/offer.ts';

/** An engine fetches three layers at once, the lowest first (moby: max-concurrent-downloads). */
const most = 3;
/** Milliseconds for which a layer is kept ready that nobody asks for: it holds a channel of the build server. */
const patience = 5000;

/** An image whose layers can be opened before they are asked for. */
export interface AheadImage extends Disposable {
  readonly image: OfferedImage;
  /** Opens the first of these blobs, from their beginning. What fails is opened again when it is asked for. */
  open(digests: readonly string[]): void;
}

/**
 * Until a node asks for a layer eight turns pass, and three more until the build server's first byte: reading begins while
 * the node is still on its way to the layer. What was opened waits in the buffers of its channel, which are bounded.
 */
export function readAhead(image: OfferedImage): AheadImage {
  const opened = new Map<string, Promise<Readable | undefined>>();
  let isOver = false;
  const close = (digest: string): void => {
    const waiting = opened.get(digest);
    opened.delete(digest);
    void waiting?.then((stream) => stream?.destroy());
  };
  const ahead = async (blob: OfferedBlob): Promise<Readable | undefined> => {
    const stream = await blob.open(0).catch(() => undefined);
    stream?.once('error', () => undefined).read(0);
    return stream;
  };
  const take = async (digest: string, blob: OfferedBlob, from: number): Promise<Readable> => {
    const waiting = from === 0 ? opened.get(digest) : undefined;
    if (waiting === undefined) return blob.open(from);
    opened.delete(digest);
    const stream = await waiting;
    return stream === undefined || stream.destroyed ? blob.open(0) : stream;
  };
  const blobs = [...image.blobs].map(([digest, blob]): [string, OfferedBlob] => [
    digest,
    { size: blob.size, open: (from) => take(digest, blob, from) },
  ]);
  return {
    image: { manifests: image.manifests, blobs: new Map(blobs) },
    open: (digests) => {
      if (isOver) return;
      for (const digest of digests.slice(0, most)) {
        const blob = image.blobs.get(digest);
        if (blob === undefined || opened.has(digest)) continue;
        opened.set(digest, ahead(blob));
        setTimeout(close, patience, digest).unref();
      }
    },
    [Symbol.dispose]: () => {
      isOver = true;
      for (const digest of [...opened.keys()]) close(digest);
    },
  };
}
