import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, remoteBuilder } from '../../../packages/core/src/build/remote/connection.ts';
import { secret } from '../../../packages/core/src/config/secret.ts';
import {
  makeAuthority,
  makeClient,
  makeServer,
  type Pair,
} from '../../../packages/core/src/setup/buildkit/certificates.ts';
import { expiryItem } from '../../../packages/core/src/setup/buildkit/item.ts';
import { planCertificates } from '../../../packages/core/src/setup/buildkit/plan.ts';
import { tryHandshake } from '../../../packages/core/src/transport/tls-handshake.ts';

const day = 86_400_000;
const now = new Date();
const ago = (days: number) => new Date(now.getTime() - days * day);
const address = 'tcp://127.0.0.1:1234';

let authority: Pair;
let server: Pair;
let client: Pair;

beforeAll(async () => {
  authority = await makeAuthority('builder');
  server = await makeServer(authority, ['127.0.0.1', 'bk.example.com']);
  client = await makeClient(authority, 'alice@laptop');
});

const specOf = (pair: Pair | undefined, ca = authority.cert) => ({
  address,
  image: 'moby/buildkit',
  isNamed: false,
  ca,
  cert: pair?.cert,
  key: pair && secret(pair.key),
});

describe('certificates', () => {
  it('are of P-256, for their names, and for one purpose each', () => {
    const [ca, daemon, own] = [authority, server, client].map(({ cert }) => new X509Certificate(cert));
    expect(ca?.ca).toBe(true);
    expect(daemon?.ca).toBe(false);
    expect(daemon?.subjectAltName).toBe('IP Address:127.0.0.1, DNS:bk.example.com');
    // id-kp-serverAuth and id-kp-clientAuth (RFC 5280, section 4.2.1.12).
    expect(daemon?.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(own?.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(daemon?.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    for (const leaf of [daemon, own]) expect(leaf?.verify((ca as X509Certificate).publicKey)).toBe(true);
  });

  it('are made where they are missing, do not fit, or are about to expire', async () => {
    const facts = { authority: authority.cert, server: server.cert, running: true };
    const plan = (more: object = {}, spec: ReturnType<typeof specOf> = specOf(client), keepClient = false) =>
      planCertificates({ spec, facts: { ...facts, ...more }, keepClient, now });
    expect(plan()).toEqual({});
    expect(plan({ authority: undefined })).toEqual({
      authority: 'there is none',
      server: 'its authority is new',
      client: 'its authority is new',
    });
    expect(plan({ server: undefined })).toEqual({ server: 'there is none' });
    const elsewhere = await makeServer(authority, ['elsewhere.example.com']);
    expect(plan({ server: elsewhere.cert })).toEqual({ server: 'it is not for 127.0.0.1' });
    const old = await makeServer(authority, ['127.0.0.1'], ago(306));
    expect(plan({ server: old.cert }).server).toMatch(/^it expires on /);
    expect(plan({}, specOf(undefined))).toEqual({ client: 'there is none' });
    expect(plan({}, specOf(undefined), true)).toEqual({});
    const stranger = await makeAuthority('another');
    expect(plan({}, specOf(await makeClient(stranger, 'x'), stranger.cert))).toEqual({
      client: 'its authority is another',
    });
    expect(plan({}, specOf(await makeClient(authority, 'x', ago(310)))).client).toMatch(/^it expires on /);
    const older = await makeAuthority('builder', ago(3300));
    expect(plan({ authority: older.cert }).authority).toMatch(/^it expires on /);
  });
});

describe('a handshake', () => {
  async function attempt(options: { daemon?: Pair; shown?: Pair; ca?: string; host?: string; clientCa?: string } = {}) {
    const { daemon = server, ca = authority.cert, host = '127.0.0.1', clientCa = authority.cert } = options;
    const shown = 'shown' in options ? options.shown : client;
    const tls: TlsOptions = {
      cert: daemon.cert,
      key: daemon.key,
      ca: clientCa,
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: ['h2'],
    };
    // An empty frame of settings (RFC 9113, section 6.5), as a server of HTTP/2 begins.
    const listening = createServer(tls, (socket) =>
      socket.on('error', () => undefined).write(Buffer.from('000000040000000000', 'hex')),
    );
    listening.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const { port } = listening.address() as AddressInfo;
    try {
      const result = await tryHandshake({ host, port, ca, cert: shown?.cert, key: shown?.key });
      const builder = { name: 'bk', address, host, port, ca, cert: '', key: '' };
      return { kind: result.kind, code: refusalOf(builder, result)?.code };
    } finally {
      listening.close();
    }
  }

  it('succeeds where both sides accept each other', async () => {
    expect(await attempt()).toEqual({ kind: 'accepted', code: undefined });
  });

  it('tells what is wrong by a code of its own', async () => {
    const stranger = await makeAuthority('another');
    expect(await attempt({ ca: stranger.cert })).toMatchObject({ code: 'BUILDER_CERTIFICATE_UNTRUSTED' });
    expect(await attempt({ daemon: await makeServer(authority, ['elsewhere.example.com']) })).toMatchObject({
      code: 'BUILDER_CERTIFICATE_NAME',
    });
    expect(await attempt({ daemon: await makeServer(authority, ['127.0.0.1'], ago(400)) })).toMatchObject({
      code: 'BUILDER_CERTIFICATE_EXPIRED',
    });
    expect(await attempt({ shown: undefined })).toMatchObject({ kind: 'refused', code: 'BUILDER_CLIENT_REFUSED' });
    expect(await attempt({ shown: await makeClient(stranger, 'x') })).toMatchObject({ kind: 'refused' });
    const result = await tryHandshake({ host: '127.0.0.1', port: 1, ca: authority.cert });
    expect(result).toMatchObject({ kind: 'unreachable' });
  });
});

describe('what a client is given', () => {
  it('is looked at before anything is dialled', async () => {
    expect(remoteBuilder('bk', specOf(client))).toMatchObject({ host: '127.0.0.1', port: 1234 });
    expect(() => remoteBuilder('bk', { address, image: 'x', isNamed: false })).toThrow(
      expect.objectContaining({
        code: 'BUILDER_CLIENT_REFUSED',
        message: `servers.bk.buildkit has no certificate for this run: buildkitd at ${address} speaks with nobody without one.`,
      }),
    );
    expect(() => remoteBuilder('bk', { ...specOf(client), key: secret(server.key) })).toThrow(
      expect.objectContaining({
        message: 'servers.bk.buildkit.key is not the key of the certificate in servers.bk.buildkit.cert.',
      }),
    );
    expect(() => remoteBuilder('bk', { ...specOf(client), key: secret('nonsense-text') })).toThrow(
      expect.objectContaining({ message: 'servers.bk.buildkit.key holds no private key that can be read.' }),
    );
    const old = await makeClient(authority, 'x', ago(400));
    expect(() => remoteBuilder('bk', specOf(old))).toThrow(
      expect.objectContaining({ code: 'BUILDER_CERTIFICATE_EXPIRED' }),
    );
  });

  it('is an item with advice before it expires, and failed after', () => {
    const of = (days: number) =>
      expiryItem([{ whose: 'its certificate', until: new Date(now.getTime() + days * day) }], 'Run it', now);
    expect(of(300)).toMatchObject({ ok: true, cure: undefined });
    expect(of(59)).toMatchObject({ ok: true, cure: 'Run it' });
    expect(of(-1)).toMatchObject({ ok: false, cure: 'Run it' });
  });
});
