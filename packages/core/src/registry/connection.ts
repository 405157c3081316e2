import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { rootCertificates, connect as tlsConnect } from 'node:tls';
import { Agent, buildConnector } from './undici.ts';

/** Opens a TCP connection from somewhere else than this machine: a server that is known to reach the registry. */
export type Dial = (host: string, port: number) => Promise<Duplex>;

export interface ConnectionOptions {
  /** PEM of an authority to trust besides the usual ones. */
  readonly ca?: string;
  /** Tried first; where it fails, the connection is made from this machine. */
  readonly dial?: Dial;
}

const connectTimeout = 10_000;
const answerTimeout = 30_000;

/** A pool of connections to a registry and its token service. TLS is spoken from here, also through a server. */
export function connections({ ca, dial }: ConnectionOptions): Agent {
  const trusted = ca === undefined ? undefined : [...rootCertificates, ca];
  const direct = buildConnector({ ca: trusted, timeout: connectTimeout });
  const connect: buildConnector.connector =
    dial === undefined
      ? direct
      : (target, callback) => {
          throughServer(dial, target, trusted).then(
            (socket) => callback(null, socket),
            () => direct(target, callback),
          );
        };
  return new Agent({ connect, connections: 6, headersTimeout: answerTimeout, bodyTimeout: answerTimeout });
}

async function throughServer(dial: Dial, target: buildConnector.Options, ca: string[] | undefined): Promise<Socket> {
  const secure = target.protocol === 'https:';
  const port = target.port === '' ? (secure ? 443 : 80) : Number(target.port);
  const host = target.hostname.replace(/^\[|\]$/g, '');
  const stream = await within(dial(host, port), connectTimeout);
  // undici only reads, writes and destroys a socket it was given; every Duplex can do that.
  if (!secure) return stream as Socket;
  // An address may not stand in SNI (RFC 6066, section 3); the certificate is then checked against `host`.
  const servername = isIP(host) === 0 ? host : '';
  const socket = tlsConnect({ socket: stream, host, servername, ca, ALPNProtocols: ['http/1.1'] });
  const ready = new Promise<Socket>((resolve, reject) => {
    socket.once('secureConnect', () => resolve(socket)).once('error', reject);
  });
  return within(ready, connectTimeout).catch((error: unknown) => {
    socket.destroy();
    throw error;
  });
}

/** A server may neither grant nor refuse a connection (a firewall that drops): then the next way is tried. */
async function within<T extends Duplex>(pending: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no connection within ${milliseconds / 1000} s`)), milliseconds);
  });
  try {
    return await Promise.race([pending, expired]);
  } catch (error) {
    pending.then((late) => late.destroy()).catch(() => undefined);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
