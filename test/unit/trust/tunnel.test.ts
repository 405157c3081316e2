import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect, createServer as createTcp, type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { dialHere, startTunnel, type Tunnel } from '../../../packages/core/src/trust/tunnel.ts';

const servers: Server[] = [];
let tunnel: Tunnel | undefined;

afterEach(async () => {
  await tunnel?.[Symbol.asyncDispose]();
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A tunnel whose other end knows one name that this machine does not. */
async function open(port: number): Promise<URL> {
  tunnel = await startTunnel((host, wanted) => {
    if (host !== 'inner.invalid') throw new Error(`asked for ${host}:${wanted}`);
    return dialHere('127.0.0.1', port, 1000);
  });
  return new URL(tunnel.url);
}

const credentials = ({ username, password }: URL) => `Basic ${btoa(`${username}:${password}`)}`;

describe('a tunnel', () => {
  it('passes bytes on as they are, both ways', async () => {
    const port = await listening(createTcp((socket) => socket.pipe(socket)));
    const proxy = await open(port);
    const asked = request({
      host: proxy.hostname,
      port: proxy.port,
      method: 'CONNECT',
      path: 'inner.invalid:443',
      headers: { 'proxy-authorization': credentials(proxy) },
    }).end();
    const [answer, stream] = (await once(asked, 'connect')) as [IncomingMessage, Duplex];
    expect(answer.statusCode).toBe(200);
    const bytes = Buffer.from([0, 255, 13, 10, 22, 3, 1]);
    stream.write(bytes);
    const [echo] = (await once(stream, 'data')) as [Buffer];
    expect(echo.equals(bytes)).toBe(true);
  });

  it('passes requests on, with their bodies, and without its password', async () => {
    const seen: IncomingMessage[] = [];
    const port = await listening(
      createServer((incoming, answer) => {
        seen.push(incoming);
        answer.writeHead(202, { location: '/next' });
        incoming.pipe(answer);
      }),
    );
    const proxy = await open(port);
    const asked = request({
      host: proxy.hostname,
      port: proxy.port,
      method: 'PUT',
      path: 'http://inner.invalid:5000/v2/a?digest=b',
      headers: { 'proxy-authorization': credentials(proxy), authorization: 'Bearer x' },
    });
    asked.end('a blob');
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    expect([answer.statusCode, answer.headers.location]).toEqual([202, '/next']);
    expect(await answer.setEncoding('utf8').reduce((text: string, chunk: string) => text + chunk, '')).toBe('a blob');
    expect(seen[0]?.url).toBe('/v2/a?digest=b');
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer x' });
    expect(seen[0]?.headers).not.toHaveProperty('proxy-authorization');
  });

  it('serves nobody who does not know its password', async () => {
    const proxy = await open(1);
    const plain = connect(Number(proxy.port), proxy.hostname);
    plain.write('CONNECT inner.invalid:443 HTTP/1.1\r\nHost: inner.invalid\r\n\r\n');
    const [answer] = (await once(plain, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 407 /);
  });

  it('says that there is no way', async () => {
    const proxy = await open(1);
    const asked = request({
      host: proxy.hostname,
      port: proxy.port,
      path: 'http://inner.invalid/v2/',
      headers: { 'proxy-authorization': credentials(proxy) },
    }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(502);
  });
});
