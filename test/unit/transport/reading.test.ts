import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { connectReading, reuseWhile } from '../../../packages/core/src/transport/reading.ts';

const bytes = randomBytes(8_000_000);
const hashOf = (data: Buffer) => createHash('sha256').update(data).digest('hex');
let server: Server | undefined;

afterEach(() => server?.close());

/** A socket to a server that sends all bytes, and ends. */
async function open() {
  server = createServer((socket) => socket.end(bytes)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return connectReading({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
}

it('gives everything to a reader that comes late, stops on the way and keeps what it got', async () => {
  const socket = await open();
  await once(socket, 'connect');
  await new Promise((resolve) => setTimeout(resolve, 50));
  const kept: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => {
    kept.push(chunk);
    if (kept.length % 7 !== 0) return;
    socket.pause();
    setTimeout(() => socket.resume(), 1);
  });
  await once(socket, 'end');
  expect(hashOf(Buffer.concat(kept))).toBe(hashOf(bytes));
});

it('reads into one place while nobody keeps what was read, and never where somebody might', async () => {
  const socket = await open();
  const hash = createHash('sha256');
  const [reused, kept]: [Set<ArrayBufferLike>, Set<ArrayBufferLike>] = [new Set(), new Set()];
  const rest: Buffer[] = [];
  let seen = 0;
  reuseWhile(socket, () => seen < 4_000_000);
  socket.on('data', (chunk: Buffer) => {
    (seen < 4_000_000 ? reused : kept).add(chunk.buffer);
    if (seen < 4_000_000) hash.update(chunk);
    else rest.push(chunk);
    seen += chunk.length;
  });
  await once(socket, 'end');
  for (const chunk of rest) hash.update(chunk);
  expect(hash.digest('hex')).toBe(hashOf(bytes));
  expect(reused.size).toBeLessThanOrEqual(2);
  expect(kept.size).toBe(rest.length);
});

it('closes when its other end does, also where nobody listens any more', async () => {
  const socket = await open();
  reuseWhile(socket, () => true);
  socket.once('data', () => socket.removeAllListeners('data'));
  socket.resume();
  await once(socket, 'close');
});
