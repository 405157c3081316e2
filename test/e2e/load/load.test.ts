import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { type Load, startLoad } from '../../load/load.ts';

let server: Server;
let load: Load;

async function serve(answer: (path: string, sockets: Set<Socket>) => number): Promise<string> {
  const sockets = new Set<Socket>();
  server = createServer((request, response) => {
    const status = answer(request.url ?? '', sockets);
    const send = () => response.writeHead(status, { 'x-version': 'one' }).end('ok');
    if (request.url === '/slow') setTimeout(send, 1000);
    else send();
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://shop.test:${(server.address() as AddressInfo).port}/`;
}

afterEach(async () => {
  await load[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
});

it('sends at its rate, half on new connections, and waits for slow answers', async () => {
  const connections = new Set<Socket>();
  const url = await serve(() => 200);
  server.on('connection', (socket) => connections.add(socket));
  load = startLoad({ url, addresses: ['127.0.0.1'], slow: { path: '/slow', rate: 2 } });
  await sleep(2000);
  const result = await load.stop();
  expect(result.failed).toBe(0);
  expect(result.inFlight).toBe(0);
  expect(result.answered).toBe(result.sent);
  expect(result.kinds.kept + result.kinds.new).toBeGreaterThan(300);
  expect(Math.abs(result.kinds.kept - result.kinds.new)).toBeLessThanOrEqual(1);
  expect(connections.size).toBeGreaterThan(result.kinds.new);
  expect(connections.size).toBeLessThan(result.kinds.new + result.kinds.kept / 2);
  expect(result.versions.one?.count).toBe(result.sent);
});

it('counts resets and statuses that are no success as failures', async () => {
  let count = 0;
  const url = await serve((_path, sockets) => {
    count += 1;
    if (count === 20) for (const socket of sockets) socket.resetAndDestroy();
    return count > 20 && count <= 25 ? 503 : 200;
  });
  load = startLoad({ url, addresses: ['127.0.0.1'] });
  await sleep(1000);
  const result = await load.stop();
  expect(result.failures['status 503']?.count).toBe(5);
  expect(result.failures.ECONNRESET?.count).toBeGreaterThanOrEqual(1);
  expect(result.answered + result.failed).toBe(result.sent);
});

it('counts a request without an answer as failed, and goes on sending meanwhile', async () => {
  const url = await serve(() => 200);
  server.removeAllListeners('request');
  load = startLoad({ url, addresses: ['127.0.0.1'], timeout: 700 });
  await sleep(1000);
  const result = await load.stop();
  expect(result.failures['no answer within 0.7 s']?.count).toBe(result.sent);
  expect(result.sent).toBeGreaterThan(100);
});
