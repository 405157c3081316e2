import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';
import type { Duplex } from 'node:stream';

/** Bytes that one read may bring: more than that and the other end waits for us anyway. */
const most = 256 * 1024;

/** Whether what a socket has read may be overwritten as soon as its listeners have returned. */
const canReuse = new WeakMap<Duplex, () => boolean>();

/**
 * A socket that reads into one buffer of its own. Node.js makes a buffer for each read otherwise, which V8 counts as part of
 * its heap: at a gigabit a second it then collects garbage, all of the heap, every 50 ms, by half a processor's work.
 * Until `reuseWhile` is called every listener gets a copy that it may keep.
 */
export function connectReading(options: Omit<TcpNetConnectOpts, 'onread'>): Socket {
  const socket: Socket = connect({
    ...options,
    onread: {
      buffer: Buffer.allocUnsafeSlow(most),
      callback: (count, buffer) => {
        const bytes = Buffer.from(buffer.buffer, buffer.byteOffset, count);
        const isAwaited = socket.readableFlowing === true && socket.readableLength === 0;
        if (!isAwaited || canReuse.get(socket)?.() !== true) return socket.push(Buffer.from(bytes));
        // Also when nobody listens any more: what is left is read to its end, or the socket would never close.
        socket.emit('data', bytes);
        return true;
      },
    },
  });
  return socket;
}

/**
 * Says that nobody who listens to the stream keeps what it gets, as long as `isSafe` is true. Other streams than those of
 * `connectReading` go on as they are.
 */
export function reuseWhile(stream: Duplex, isSafe: () => boolean): void {
  canReuse.set(stream, isSafe);
}
