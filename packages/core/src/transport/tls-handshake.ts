import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { dialPatience, openSocket } from './socket.ts';

export interface HandshakeOptions {
  readonly host: string;
  readonly port: number;
  /** PEM of the only authority that is trusted. */
  readonly ca: string;
  /** PEM of our own certificate and its key; undefined: we show none. */
  readonly cert?: string;
  readonly key?: string;
  readonly signal?: AbortSignal;
}

/** What came of a handshake with mutual TLS. */
export type Handshake =
  | { readonly kind: 'accepted' /** When the server's certificate expires. */; readonly validTo: Date }
  /** Nothing answered, or nothing that speaks TLS. */
  | { readonly kind: 'unreachable'; readonly reason: string }
  /** We do not accept the server's certificate. */
  | { readonly kind: 'untrusted' | 'expired' | 'not-yet' | 'other-name'; readonly reason: string }
  /** The server does not accept ours. */
  | { readonly kind: 'refused'; readonly reason: string };

/** The beginning of an HTTP/2 connection (RFC 9113, section 3.4): a server that has accepted us answers with its own settings. */
const preface = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from('000000040000000000', 'hex'),
]);

/** Codes of OpenSSL's verification (openssl-verification-options(1)), as Node.js names them. */
const kinds: Readonly<Record<string, Exclude<Handshake['kind'], 'accepted' | 'unreachable' | 'refused'>>> = {
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not-yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'other-name',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'untrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'untrusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'untrusted',
  CERT_SIGNATURE_FAILURE: 'untrusted',
};

/**
 * Speaks as much with a gRPC server as shows whether both sides accept each other: with TLS 1.3 a server says only after the handshake that it does
 * not accept the client's certificate. Never rejects but for a cancelled run.
 */
export async function tryHandshake(options: HandshakeOptions): Promise<Handshake> {
  const { host, port, ca, cert, key, signal } = options;
  let socket: TLSSocket;
  try {
    const plain = await openSocket(host, port, dialPatience, signal);
    // An address may not stand in SNI (RFC 6066, section 3); the certificate is then checked against `host`.
    const servername = isIP(host) === 0 ? host : '';
    socket = connect({ socket: plain, host, servername, ca, cert, key, ALPNProtocols: ['h2'], minVersion: 'TLSv1.2' });
  } catch (error) {
    signal?.throwIfAborted();
    return { kind: 'unreachable', reason: messageOf(error) };
  }
  return new Promise((resolve, reject) => {
    let validTo: Date | undefined;
    const settle = (result: Handshake) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      socket.destroy();
      resolve(result);
    };
    const abort = () => {
      socket.destroy();
      reject(signal?.reason);
    };
    const silent = `no answer within ${dialPatience / 1000} s`;
    const timer = setTimeout(() => settle({ kind: 'unreachable', reason: silent }), dialPatience);
    signal?.addEventListener('abort', abort, { once: true });
    socket.once('secureConnect', () => {
      validTo = new Date(socket.getPeerCertificate().valid_to);
      socket.write(preface);
    });
    socket.once('data', () => settle({ kind: 'accepted', validTo: validTo ?? new Date(0) }));
    socket.once('error', (error) => settle(verdict(error, validTo !== undefined)));
    socket.once('close', () =>
      settle({ kind: validTo === undefined ? 'unreachable' : 'refused', reason: 'it hung up' }),
    );
  });
}

function verdict(error: Error, afterHandshake: boolean): Handshake {
  const code = 'code' in error ? String(error.code) : '';
  const kind = kinds[code];
  if (kind !== undefined) return { kind, reason: messageOf(error) };
  // An alert is what the other side says of us.
  const [, alert] = /alert ([a-z ]+?)(?::|$)/i.exec(error.message) ?? [];
  if (alert !== undefined) return { kind: 'refused', reason: alert.trim() };
  return { kind: afterHandshake ? 'refused' : 'unreachable', reason: messageOf(error) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
