import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import ssh2, { type ClientChannel, type ServerChannel } from 'ssh2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { widenWindow } from '../../../packages/core/src/transport/receive-window.ts';

const megabyte = 1024 * 1024;
const size = 32 * megabyte;

/** ssh2's own server at the other end: it keeps to the window it is given, and counts what it was allowed to send. */
let server: ssh2.Server;
let client: ssh2.Client;
let sent = 0;

beforeAll(async () => {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  server = new ssh2.Server({ hostKeys: [privateKey] }, (connection) => {
    connection.on('authentication', (attempt) => attempt.accept());
    connection.on('session', (accept) => {
      accept().once('exec', (take) => void send(take()));
    });
    connection.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = new ssh2.Client();
  client.connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, username: 'anyone' });
  await once(client, 'ready');
});
afterAll(() => {
  client.end();
  server.close();
});

/** In parts of 64 kB, each one when the one before was within what the client allows. */
async function send(channel: ServerChannel): Promise<void> {
  sent = 0;
  const part = Buffer.alloc(64 * 1024, 1);
  while (sent < size) {
    await new Promise<void>((resolve) => channel.write(part, () => resolve()));
    sent += part.length;
  }
  channel.exit(0);
  channel.end();
}

const open = (): Promise<ClientChannel> =>
  new Promise((resolve, reject) => {
    client.exec('send', (error, channel) => (error ? reject(error) : resolve(channel)));
  });

/** Reads a megabyte, then nothing; resolves with how much the server sent until it had to wait. */
async function allowed(channel: ClientChannel): Promise<{ sent: number; read: () => number }> {
  let [read, hasStopped] = [0, false];
  await new Promise<void>((resolve) => {
    channel.on('data', (chunk: Buffer) => {
      read += chunk.length;
      if (read < megabyte || hasStopped) return;
      hasStopped = true;
      channel.pause();
      resolve();
    });
  });
  for (let before = -1; before !== sent; ) {
    before = sent;
    await sleep(150);
  }
  return { sent, read: () => read };
}

describe('the window of a channel', () => {
  test('is 2 MB with ssh2 alone, which is what this is for', async () => {
    const channel = await open();
    const stopped = await allowed(channel);
    expect(stopped.sent).toBeLessThan(5 * megabyte);
    channel.close();
  });

  test('is 8 MB beyond what was read, no more, and everything arrives when reading goes on', async () => {
    const channel = widenWindow(await open());
    const stopped = await allowed(channel);
    expect(stopped.sent).toBeGreaterThan(7 * megabyte);
    expect(stopped.sent).toBeLessThan(10 * megabyte);
    channel.resume();
    await once(channel, 'close');
    expect(stopped.read()).toBe(size);
  });

  test('leaves a channel alone that is not built as expected', () => {
    const other = { incoming: {}, outgoing: {}, _read: () => undefined } as unknown as ClientChannel;
    const { _read: before } = other as unknown as { _read: unknown };
    expect(widenWindow(other)).toBe(other);
    expect((other as unknown as { _read: unknown })._read).toBe(before);
  });
});
