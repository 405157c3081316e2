import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Relay, startRelay } from '../lab/relay.ts';

describe('the relay', () => {
  let echo: Server;
  let relay: Relay;

  beforeAll(async () => {
    echo = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.pipe(socket);
    });
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const address = echo.address();
    relay = await startRelay({ host: '127.0.0.1', port: typeof address === 'object' && address ? address.port : 0 });
  });
  afterAll(async () => {
    await relay.close();
    echo.close();
  });

  const open = async (): Promise<Socket> => {
    const socket = connect({ host: relay.host, port: relay.port, noDelay: true });
    await once(socket, 'connect');
    return socket;
  };
  const ask = async (socket: Socket, text: string): Promise<{ answer: string; milliseconds: number }> => {
    const start = performance.now();
    socket.write(text);
    let answer = '';
    while (answer.length < text.length) {
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      answer += chunk.toString();
    }
    return { answer, milliseconds: performance.now() - start };
  };

  test('adds twice its delay to a round trip, and little more', async () => {
    const socket = await open();
    relay.setDelay(25);
    const { answer, milliseconds } = await ask(socket, 'ping');
    expect(answer).toBe('ping');
    expect(milliseconds).toBeGreaterThanOrEqual(50);
    expect(milliseconds).toBeLessThan(80);
    relay.setDelay(0);
    socket.destroy();
  });

  test('counts connections, bytes and turns', async () => {
    relay.reset();
    const [first, second] = [await open(), await open()];
    await ask(first, 'one');
    await ask(first, 'three');
    await ask(second, '12');
    first.destroy();
    second.destroy();
    const { firstByteAt, ...counts } = relay.counts();
    expect(counts).toEqual({ connections: 2, sent: 10, received: 10, turns: 3 });
    expect(Math.abs(Date.now() - firstByteAt)).toBeLessThan(2000);
  });

  test('passes large streams on whole and in order, and the end after them', async () => {
    relay.setDelay(5);
    const socket = connect({ host: relay.host, port: relay.port });
    const sent = Buffer.alloc(40_000_000, 'drayage');
    const received: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => received.push(chunk));
    socket.end(sent);
    await once(socket, 'end');
    expect(Buffer.concat(received).equals(sent)).toBe(true);
    relay.setDelay(0);
  });

  test('cuts connections with a reset and refuses new ones for a while', async () => {
    const socket = await open();
    await ask(socket, 'hello');
    const broken = once(socket, 'error');
    relay.cut(300);
    expect((await broken)[0]).toMatchObject({ code: 'ECONNRESET' });
    const refused = connect({ host: relay.host, port: relay.port });
    expect((await once(refused, 'error').catch((error: unknown) => [error]))[0]).toMatchObject({ code: 'ECONNRESET' });
    await new Promise((resolve) => setTimeout(resolve, 320));
    const again = await open();
    expect((await ask(again, 'back')).answer).toBe('back');
    again.destroy();
  });

  test('stalls without closing, and goes on where it stopped', async () => {
    const socket = await open();
    await ask(socket, 'hello');
    relay.stall();
    const pending = ask(socket, 'late');
    const first = await Promise.race([
      pending.then(() => 'answered'),
      new Promise((resolve) => setTimeout(() => resolve('silence'), 150)),
    ]);
    expect(first).toBe('silence');
    relay.resume();
    expect((await pending).answer).toBe('late');
    socket.destroy();
  });
});
