import { request } from 'node:http';
import { connect as dial } from 'node:net';
import type { Duplex } from 'node:stream';
import { checkServerIdentity, connect, rootCertificates, type TLSSocket } from 'node:tls';
import { DrayageError } from '../errors/drayage-error.ts';
import type { Server } from '../transport/server.ts';

export interface Question {
  readonly host: string;
  readonly path: string;
  readonly https: boolean;
  /** PEM of authorities that count besides the usual ones. */
  readonly authorities: readonly string[];
  /** Where the node is reached from here, should its sshd forward nothing; undefined: this machine. */
  readonly address?: string;
}

export interface Certificate {
  readonly issuer: string;
  readonly expires: Date;
  /** Colon-free hexadecimal SHA-256 of the certificate. */
  readonly sha256: string;
  /** Whether the chain ends at a known authority. */
  readonly trusted: boolean;
  /** Why the certificate is not for the host; undefined: it is. */
  readonly mismatch: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string;
  readonly certificate: Certificate | undefined;
}

/** A connection to the proxy that is ready for a question. */
export interface Opened {
  readonly raw: Duplex;
  readonly stream: Duplex;
  readonly certificate: Certificate | undefined;
}

/** Milliseconds to open a connection, and for one answer. */
const patience = 10_000;

/**
 * Opens a connection to the proxy of a node, from the node itself: it needs neither DNS nor a way through firewalls, and
 * meets the very proxy that was configured. Throws what the connection throws.
 */
export async function open(server: Server, question: Question): Promise<Opened> {
  const raw = await reach(server, question);
  return timed(raw, async () => {
    if (!question.https) return { raw, stream: raw, certificate: undefined };
    const stream = await secure(raw, question);
    return { raw, stream, certificate: read(stream, question.host) };
  });
}

/** Asks a domain over a connection, and closes it. Throws what the connection throws. */
export async function ask({ raw, stream, certificate }: Opened, question: Question): Promise<Answer> {
  try {
    return await timed(raw, async () => ({ ...(await get(stream, question)), certificate }));
  } finally {
    raw.destroy();
  }
}

async function timed<T>(raw: Duplex, work: () => Promise<T>): Promise<T> {
  const timer = setTimeout(() => raw.destroy(new Error(`no answer within ${patience / 1000} s`)), patience);
  try {
    return await work();
  } catch (error) {
    raw.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function reach(server: Server, { https, address }: Question): Promise<Duplex> {
  const port = https ? 443 : 80;
  try {
    return await server.dial('127.0.0.1', port);
  } catch (error) {
    if (!(error instanceof DrayageError && error.code === 'SSH_FORWARDING_REFUSED') || address === undefined)
      throw error;
    return new Promise((resolve, reject) => {
      const socket = dial({ host: address, port, timeout: patience });
      socket.once('connect', () => resolve(socket));
      socket.once('error', reject);
      socket.once('timeout', () => socket.destroy(new Error(`${address}:${port} does not answer`)));
    });
  }
}

/** The certificate is judged afterwards, so that a wrong one can be named. */
function secure(raw: Duplex, { host, authorities }: Question): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      socket: raw,
      servername: host.replace(/^\*\./, 'any.'),
      ca: [...rootCertificates, ...authorities],
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
    });
    socket.once('secureConnect', () => resolve(socket));
    socket.once('error', reject);
    raw.once('error', reject);
    raw.once('close', () => reject(new Error('the connection was closed during the TLS handshake')));
  });
}

function read(socket: TLSSocket, host: string): Certificate {
  const peer = socket.getPeerCertificate();
  const issuer = [peer.issuer?.O, peer.issuer?.CN].flat().filter(Boolean).join(' ');
  return {
    issuer: issuer || 'unknown',
    expires: new Date(peer.valid_to),
    sha256: (peer.fingerprint256 ?? '').replaceAll(':', '').toLowerCase(),
    trusted: socket.authorized,
    mismatch: checkServerIdentity(host.replace(/^\*\./, 'any.'), peer)?.message,
  };
}

function get(stream: Duplex, { host, path }: Question): Promise<Omit<Answer, 'certificate'>> {
  return new Promise((resolve, reject) => {
    const headers = {
      Host: host.replace(/^\*\./, 'any.'),
      'User-Agent': 'drayage',
      Accept: '*/*',
      Connection: 'close',
    };
    const asked = request({ createConnection: () => stream, method: 'GET', path, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (body.length < 2000) body += chunk;
      });
      const answer = () =>
        resolve({ status: response.statusCode ?? 0, location: response.headers.location, body: body.slice(0, 2000) });
      response.once('end', answer);
      response.once('error', reject);
    });
    asked.once('error', reject);
    stream.once('error', reject);
    asked.end();
  });
}
