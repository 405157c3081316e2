import type { Socket } from 'node:net';

/** One direction of a relayed connection. */
export interface Pipe {
  hold(): void;
  release(): void;
}

/** Bytes on their way before the source is paused: a link has a bandwidth-delay product, not endless memory. */
const inFlightLimit = 16 * 1024 * 1024;

/** Passes bytes on after a delay, in order, and the end of the stream after them. */
export function makePipe(source: Socket, target: Socket, delay: () => number, count: (bytes: number) => void): Pipe {
  /** An empty chunk stands for the end of the stream, so that it keeps its place in the queue. */
  const queue: { due: number; chunk: Buffer }[] = [];
  let waiting = 0;
  let held = false;
  let timer: NodeJS.Timeout | undefined;

  const flush = (): void => {
    timer = undefined;
    while (!held && queue[0] && queue[0].due <= performance.now()) {
      const { chunk } = queue.shift() as { chunk: Buffer };
      waiting -= chunk.length;
      if (target.destroyed) continue;
      if (chunk.length === 0) target.end();
      else target.write(chunk);
    }
    if (waiting < inFlightLimit && source.isPaused() && !target.writableNeedDrain) source.resume();
    schedule();
  };
  const schedule = (): void => {
    if (held || timer || !queue[0]) return;
    const wait = queue[0].due - performance.now();
    if (wait <= 0) flush();
    else timer = setTimeout(flush, wait);
  };
  const push = (chunk: Buffer): void => {
    queue.push({ due: performance.now() + delay(), chunk });
    waiting += chunk.length;
    if (waiting >= inFlightLimit || target.writableNeedDrain) source.pause();
    schedule();
  };
  source.on('data', (chunk: Buffer) => {
    count(chunk.length);
    push(chunk);
  });
  source.on('end', () => push(Buffer.alloc(0)));
  target.on('drain', () => source.resume());
  return {
    hold: () => {
      held = true;
      clearTimeout(timer);
      timer = undefined;
    },
    release: () => {
      held = false;
      schedule();
    },
  };
}
