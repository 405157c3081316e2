import { createPublicKey, type KeyObject, randomBytes } from 'node:crypto';

/** Length-prefixed bytes (RFC 4251, section 5). */
function field(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/**
 * An ed25519 private key in OpenSSH's own format, unencrypted (OpenSSH's PROTOCOL.key): ssh2 reads this and not PKCS#8.
 */
export function encodeEd25519(key: KeyObject): string {
  const raw = {
    private: key.export({ format: 'jwk' }).d ?? '',
    public: createPublicKey(key).export({ format: 'jwk' }).x ?? '',
  };
  const seed = Buffer.from(raw.private, 'base64url');
  const point = Buffer.from(raw.public, 'base64url');
  const publicKey = Buffer.concat([field('ssh-ed25519'), field(point)]);
  const check = randomBytes(4);
  const secret = Buffer.concat([check, check, publicKey, field(Buffer.concat([seed, point])), field('')]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  const one = Buffer.from([0, 0, 0, 1]);
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    one,
    field(publicKey),
    field(Buffer.concat([secret, padding])),
  ]);
  const lines = body.toString('base64').match(/.{1,70}/g) ?? [];
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`;
}
