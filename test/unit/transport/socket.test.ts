import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hostKeyCheck } from '../../../packages/core/src/transport/host-key.ts';
import { openSshSocket } from '../../../packages/core/src/transport/socket.ts';
import { openSshLink } from '../../../packages/core/src/transport/ssh-link.ts';

const server = createServer();
let port = 0;

beforeEach(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  port = (server.address() as AddressInfo).port;
});
afterEach(() => server.close());

it('a server that resets the connection before anybody spoke on it is unreachable, and ends nothing else', async () => {
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const stream = await openSshSocket('127.0.0.1', port, 1000);
  const [theirs] = await accepted;
  theirs.resetAndDestroy();
  // The code that speaks SSH may still be loading: nobody but the socket itself hears of it. An error that nobody heard would fail this file.
  await sleep(50);
  expect(stream.destroyed).toBe(true);
  const target = {
    name: 'web',
    host: '127.0.0.1',
    port,
    user: 'root',
    auth: { password: 'x' },
    hostKey: 'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU',
    hostKeyPolicy: 'strict',
  } as const;
  const linked = openSshLink({ target, stream, check: hostKeyCheck(target), offer: 0 });
  await expect(linked).rejects.toMatchObject({ code: 'SSH_UNREACHABLE' });
});
