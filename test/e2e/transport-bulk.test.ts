import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { connect } from '../../packages/core/src/transport/connect.ts';
import { startSshd } from '../support/sshd.ts';

const report = { note: () => undefined, warn: () => undefined };
const parts = Array.from({ length: 400 }, (_, index) => randomBytes(1 + ((index * 7919) % 70_000)));

describe('large amounts', () => {
  it.each([
    ['with the usual cipher', []],
    ['over many key exchanges', ['RekeyLimit 1M', 'LogLevel DEBUG']],
    ['with a cipher that keeps parts of what it is given', ['Ciphers aes256-ctr']],
    ['with ChaCha20', ['Ciphers chacha20-poly1305@openssh.com']],
  ])('go out and come back as they were, %s', async (_, settings) => {
    await using sshd = await startSshd(settings);
    await using server = await connect(sshd.target, { report });
    const stream = await server.pipe(['cat']);
    const hash = createHash('sha256');
    await Promise.all([
      pipeline(Readable.from(parts, { objectMode: false }), stream, { end: true }),
      (async () => {
        for await (const chunk of stream) hash.update(chunk as Buffer);
      })(),
    ]);
    const sent = createHash('sha256').update(Buffer.concat(parts)).digest('hex');
    expect(hash.digest('hex')).toBe(sent);
    if (settings.includes('LogLevel DEBUG'))
      expect(sshd.log().match(/rekeying (?:in|out)/g)?.length).toBeGreaterThan(20);
  });
});
