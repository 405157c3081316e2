import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** Opens a TCP connection to a host. */
export type Dial = (host: string, port: number) => Promise<Duplex>;

export interface Tunnel extends AsyncDisposable {
  /** For HTTP_PROXY and HTTPS_PROXY: `http://name:password@127.0.0.1:port`. */
  readonly url: string;
}

/**
 * An HTTP proxy (RFC 9110, 9.3.6, and absolute targets: RFC 9112, 3.2.2) on this machine's loopback, by whose connections a
 * program here reaches what only a server can reach. TLS goes through it unbroken: the program checks the certificate of the
 * real name. Other users of this machine do not know its password.
 */
export async function startTunnel(dial: Dial): Promise<Tunnel> {
  const password = randomBytes(18).toString('base64url');
  const expected = Buffer.from(`Basic ${Buffer.from(`drayage:${password}`).toString('base64')}`);
  const allows = ({ headers }: IncomingMessage): boolean => {
    const given = Buffer.from(headers['proxy-authorization'] ?? '');
    return given.length === expected.length && timingSafeEqual(given, expected);
  };
  const streams = new Set<Duplex>();
  const keep = <T extends Duplex>(stream: T): T => {
    streams.add(stream);
    stream.once('close', () => streams.delete(stream)).on('error', () => stream.destroy());
    return stream;
  };
  const server = createServer((incoming, answer) => {
    if (!allows(incoming)) answer.writeHead(407).end();
    else forward(incoming, answer, async (host, port) => keep(await dial(host, port)));
  });
  server.on('connect', (incoming: IncomingMessage, client: Duplex, head: Buffer) => {
    keep(client);
    if (!allows(incoming)) client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    else splice(incoming.url ?? '', client, head, async (host, port) => keep(await dial(host, port)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://drayage:${password}@127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => stopped(server, streams),
  };
}

function splice(target: string, client: Duplex, head: Buffer, dial: Dial): void {
  const url = URL.canParse(`http://${target}`) ? new URL(`http://${target}`) : undefined;
  if (url === undefined) {
    client.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    return;
  }
  dial(bare(url.hostname), Number(url.port === '' ? 80 : url.port)).then(
    (upstream) => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      client.pipe(upstream).pipe(client);
      client.once('close', () => upstream.destroy());
      upstream.once('close', () => client.destroy());
    },
    () => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'),
  );
}

function forward(incoming: IncomingMessage, answer: ServerResponse, dial: Dial): void {
  const target = URL.canParse(incoming.url ?? '') ? new URL(incoming.url ?? '') : undefined;
  if (target?.protocol !== 'http:') {
    answer.writeHead(400).end();
    return;
  }
  const failed = () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end());
  const { 'proxy-authorization': _, 'proxy-connection': __, ...headers } = incoming.headers;
  dial(bare(target.hostname), Number(target.port === '' ? 80 : target.port)).then((stream) => {
    const onward = request(
      {
        createConnection: () => stream,
        method: incoming.method ?? 'GET',
        path: `${target.pathname}${target.search}`,
        headers: { ...headers, connection: 'close' },
      },
      (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      },
    );
    onward.on('error', failed);
    incoming.pipe(onward);
  }, failed);
}

/** IPv6 addresses stand in brackets in URLs, and nowhere else. */
function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** A connection from this machine. Rejects when there is none within `patience` milliseconds. */
export async function dialHere(host: string, port: number, patience: number): Promise<Duplex> {
  const socket = connect({ host, port, noDelay: true });
  const timer = setTimeout(() => socket.destroy(new Error(`no connection within ${patience / 1000} s`)), patience);
  try {
    await once(socket, 'connect');
    return socket;
  } finally {
    clearTimeout(timer);
  }
}

async function stopped(server: Server, streams: ReadonlySet<Duplex>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const stream of streams) stream.destroy();
  server.closeAllConnections();
  await closed;
}
