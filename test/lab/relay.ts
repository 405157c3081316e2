import { createServer, connect as dial, type Socket } from 'node:net';
import { makePipe, type Pipe } from './relay-pipe.ts';

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
  /** When the client's first byte came, in milliseconds since the epoch; 0 before. */
  firstByteAt: number;
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
  /** Breaks every connection for the client only: the server goes on as if the client were silent. */
  orphan(): void;
  /** Holds everything back without closing anything, until `resume`. */
  stall(): void;
  resume(): void;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a relay in front of a server. Throws when the port on loopback cannot be had. */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  let delay = options.delay ?? 0;
  let counts: RelayCounts = { connections: 0, sent: 0, received: 0, turns: 0, firstByteAt: 0 };
  let refusedUntil = 0;
  let stalled = false;
  const pipes = new Set<Pipe>();
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  const orphaned = new WeakSet<Socket>();

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
        counts.firstByteAt ||= Date.now();
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
    clients.add(client);
    const pair = [client, upstream];
    for (const socket of pair) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', (failed) => {
        sockets.delete(socket);
        if (!failed || orphaned.has(socket)) return;
        for (const other of pair) if (!other.destroyed) other.resetAndDestroy();
      });
    }
    client.once('close', () => {
      clients.delete(client);
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
      counts = { connections: 0, sent: 0, received: 0, turns: 0, firstByteAt: 0 };
    },
    setDelay: (milliseconds) => {
      delay = milliseconds;
    },
    cut: (refuseFor = 0) => {
      refusedUntil = Date.now() + refuseFor;
      reset();
    },
    orphan: () => {
      for (const client of clients) {
        orphaned.add(client);
        client.resetAndDestroy();
      }
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
