import { createServer, connect as dial, type Socket } from 'node:net';

export interface RelayOptions {
  /** The server behind it. */
  host: string;
  port: number;
  /** Milliseconds each byte is held in each direction; the round-trip time grows by twice this. */
  delay?: number;
}

/** What passed since the start or the last `reset()`. */
export interface RelayCounts {
  connections: number;
  /** Bytes from client to server, and back. */
  sent: number;
  received: number;
  /** How often the client began to speak after the server had, over all connections: each is a round trip waited for. */
  turns: number;
}

/** A TCP server on loopback that passes everything on, late, and counts it. */
export interface Relay {
  host: string;
  port: number;
  counts(): RelayCounts;
  reset(): void;
  setDelay(milliseconds: number): void;
  /** Breaks every connection with a reset, and refuses new ones for that many milliseconds. */
  cut(refuseFor?: number): void;
  /** Holds everything back without closing anything, until `resume`. */
  stall(): void;
  resume(): void;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a relay in front of a server. Throws when the port on loopback cannot be had. */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  let delay = options.delay ?? 0;
  let counts: RelayCounts = { connections: 0, sent: 0, received: 0, turns: 0 };
  let refusedUntil = 0;
  let stalled = false;
  const pipes = new Set<Pipe>();
  const sockets = new Set<Socket>();

  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    if (Date.now() < refusedUntil) {
      client.resetAndDestroy();
      return;
    }
    counts.connections += 1;
    const upstream = dial({ host: options.host, port: options.port, noDelay: true, allowHalfOpen: true });
    let lastSpeaker: 'client' | 'server' = 'server';
    const forth = makePipe(
      client,
      upstream,
      () => delay,
      (bytes) => {
        counts.sent += bytes;
        if (lastSpeaker === 'server') counts.turns += 1;
        lastSpeaker = 'client';
      },
    );
    const back = makePipe(
      upstream,
      client,
      () => delay,
      (bytes) => {
        counts.received += bytes;
        lastSpeaker = 'server';
      },
    );
    for (const pipe of [forth, back]) {
      pipes.add(pipe);
      if (stalled) pipe.hold();
    }
    const pair = [client, upstream];
    for (const socket of pair) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', (failed) => {
        sockets.delete(socket);
        if (!failed) return;
        for (const other of pair) if (!other.destroyed) other.resetAndDestroy();
      });
    }
    client.once('close', () => {
      pipes.delete(forth);
      pipes.delete(back);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;

  const reset = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const close = async (): Promise<void> => {
    reset();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return {
    host: '127.0.0.1',
    port,
    counts: () => ({ ...counts }),
    reset: () => {
      counts = { connections: 0, sent: 0, received: 0, turns: 0 };
    },
    setDelay: (milliseconds) => {
      delay = milliseconds;
    },
    cut: (refuseFor = 0) => {
      refusedUntil = Date.now() + refuseFor;
      reset();
    },
    stall: () => {
      stalled = true;
      for (const pipe of pipes) pipe.hold();
    },
    resume: () => {
      stalled = false;
      for (const pipe of pipes) pipe.release();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface Pipe {
  hold(): void;
  release(): void;
}

/** Bytes on their way before the source is paused: a link has a bandwidth-delay product, not endless memory. */
const inFlightLimit = 16 * 1024 * 1024;

function makePipe(source: Socket, target: Socket, delay: () => number, count: (bytes: number) => void): Pipe {
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
