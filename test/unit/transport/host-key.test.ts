import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fingerprintOf, hostKeyCheck } from '../../../packages/core/src/transport/host-key.ts';
import type { Target } from '../../../packages/core/src/transport/target.ts';

function field(bytes: Buffer | string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(bytes));
  return Buffer.concat([length, Buffer.from(bytes)]);
}

function newKey(): Buffer {
  const point = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x ?? '';
  return Buffer.concat([field('ssh-ed25519'), field(Buffer.from(point, 'base64url'))]);
}

const key = newKey();
const other = newKey();
const base: Target = { name: 'web1', host: 'example.com', port: 22, user: 'deploy', auth: {}, hostKeyPolicy: 'strict' };
const line = (bytes: Buffer, names = 'example.com') => `${names} ssh-ed25519 ${bytes.toString('base64')}`;

function refusal(target: Target, shown: Buffer) {
  const verdict = hostKeyCheck(target).verify(shown);
  if (verdict.accepted) throw new Error('accepted');
  return verdict.error;
}

describe('a pinned key', () => {
  it('is the fingerprint that ssh-keygen prints', () => {
    const known = Buffer.from('AAAAC3NzaC1lZDI1NTE5AAAAIIl7vJb5mUVvbZLYxvbhqF8oIYwmcyBjBBhyMrBNv2Up', 'base64');
    expect(fingerprintOf(known)).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  });

  it('accepts that key, by fingerprint or as a whole', () => {
    expect(hostKeyCheck({ ...base, hostKey: fingerprintOf(key) }).verify(key)).toEqual({ accepted: true });
    expect(hostKeyCheck({ ...base, hostKey: ` ssh-ed25519 ${key.toString('base64')} root@web ` }).verify(key)).toEqual({
      accepted: true,
    });
  });

  it('refuses another, names both, and does not look into known_hosts', () => {
    const error = refusal({ ...base, hostKey: fingerprintOf(key), knownHosts: line(other) }, other);
    expect(error.code).toBe('SSH_HOST_KEY_MISMATCH');
    expect(error.message).toBe(
      `web1 (deploy@example.com:22) showed the host key ${fingerprintOf(other)} (ssh-ed25519), expected ${fingerprintOf(key)}. No command was run.`,
    );
  });

  it('is tried with one type of key per connection, as a fingerprint does not tell its type', () => {
    expect(hostKeyCheck({ ...base, hostKey: fingerprintOf(key) }).offers.map(([first]) => first)).toEqual([
      'ssh-ed25519',
      'ecdsa-sha2-nistp256',
      'rsa-sha2-512',
    ]);
    expect(hostKeyCheck({ ...base, hostKey: `ssh-ed25519 ${key.toString('base64')}` }).offers).toEqual([
      ['ssh-ed25519'],
    ]);
  });

  it.each(['SHA256:short', 'MD5:00:11', 'ssh-ed25519'])('refuses %j as a pin', (hostKey) => {
    expect(() => hostKeyCheck({ ...base, hostKey })).toThrow(
      `The host key of web1 is '${hostKey}'; expected SHA256: and 43 characters.`,
    );
  });
});

describe('known_hosts', () => {
  it('accepts a key that stands there', () => {
    expect(hostKeyCheck({ ...base, knownHosts: `${line(other)}\n${line(key)}` }).verify(key)).toEqual({
      accepted: true,
    });
  });

  it('takes an entry without port for a server on another port', () => {
    expect(hostKeyCheck({ ...base, port: 2222, knownHosts: line(key) }).verify(key)).toEqual({ accepted: true });
  });

  it('refuses a changed key even when new ones are accepted', () => {
    expect(refusal({ ...base, knownHosts: line(other), hostKeyPolicy: 'accept-new' }, key).code).toBe(
      'SSH_HOST_KEY_MISMATCH',
    );
  });

  it('refuses a revoked key', () => {
    const error = refusal(
      { ...base, knownHosts: `${line(key)}\n@revoked * ssh-ed25519 ${key.toString('base64')}` },
      key,
    );
    expect(error.code).toBe('SSH_HOST_KEY_REVOKED');
    expect(error.message).toContain('which line 2 of the known_hosts text marks as revoked');
  });

  it('says that host certificates are not supported', () => {
    expect(() =>
      hostKeyCheck({ ...base, knownHosts: `@cert-authority *.com ssh-ed25519 ${key.toString('base64')}` }),
    ).toThrow(
      "Line 1 of the known_hosts text trusts example.com by '@cert-authority'; host certificates are not supported.",
    );
  });

  it('names a line that cannot be read when no other is about the host', () => {
    expect(() => hostKeyCheck({ ...base, knownHosts: 'example.com ssh-ed25519' })).toThrow(
      'Line 1 of the known_hosts text cannot be read',
    );
  });

  it('asks first for the types it knows', () => {
    expect(
      hostKeyCheck({
        ...base,
        knownHosts: `example.com ecdsa-sha2-nistp256 ${Buffer.concat([field('ecdsa-sha2-nistp256'), field('x')]).toString('base64')}`,
      }).offers,
    ).toEqual([
      [
        'ecdsa-sha2-nistp256',
        'ssh-ed25519',
        'ecdsa-sha2-nistp384',
        'ecdsa-sha2-nistp521',
        'rsa-sha2-512',
        'rsa-sha2-256',
      ],
    ]);
  });
});

describe('an unknown key', () => {
  it('is refused with its fingerprint and the line to add', () => {
    const error = refusal({ ...base, knownHosts: line(other, 'elsewhere') }, key);
    expect(error.code).toBe('SSH_HOST_KEY_UNKNOWN');
    expect(error.message).toContain(`it showed ${fingerprintOf(key)} (ssh-ed25519). Nothing was sent to it.`);
    expect(error.hint).toContain(`add below servers.web1:\n    host-key: ${fingerprintOf(key)}`);
  });

  it('is taken, and handed on to be reported, where that was asked for', () => {
    expect(hostKeyCheck({ ...base, hostKeyPolicy: 'accept-new' }).verify(key)).toEqual({ accepted: true, newKey: key });
  });
});
