import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes passed on between two collections. */
const every = 8_000_000;

let passed = 0;
let collect: (() => void) | undefined;

/**
 * Says that so many bytes were passed on from one connection to another, and are garbage now. V8 counts their buffers as
 * growth of the heap, but finds them dead only when it collects: the limit is reached after each 15 MB, and then all of the
 * heap is marked, which took a third of the processor time of a large transfer. Collecting the newest objects alone, a few
 * milliseconds each time, keeps it from coming to that.
 */
export function passedOn(bytes: number): void {
  passed += bytes;
  if (passed < every) return;
  passed = 0;
  collect ??= youngCollector();
  collect();
}

/** Node.js shows the collector to new contexts only, and to those only where it was asked to (`--expose-gc`). */
function youngCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('globalThis.gc');
  setFlagsFromString('--no-expose-gc');
  return typeof gc === 'function' ? () => gc({ type: 'minor' }) : () => undefined;
}
