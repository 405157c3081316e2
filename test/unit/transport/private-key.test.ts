import { generateKeyPairSync } from 'node:crypto';
import ssh2 from 'ssh2';
import { describe, expect, it } from 'vitest';
import type { DrayageError } from '../../../packages/core/src/errors/drayage-error.ts';
import { readPrivateKey } from '../../../packages/core/src/transport/private-key.ts';

const openssh = ssh2.utils.generateKeyPairSync('ed25519', { comment: 'me' });
const encrypted = ssh2.utils.generateKeyPairSync('ed25519', {
  passphrase: 'open sesame',
  cipher: 'aes256-ctr',
  rounds: 4,
});
const ed25519 = generateKeyPairSync('ed25519').privateKey;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const pkcs8 = (key: typeof rsa, passphrase?: string) =>
  key
    .export({
      type: 'pkcs8',
      format: 'pem',
      ...(passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }),
    })
    .toString();
const oldEncrypted = rsa.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'old' }).toString();

function failure(text: string, passphrase?: string): DrayageError {
  try {
    readPrivateKey(text, passphrase, 'deploy@web1:22');
  } catch (error) {
    return error as DrayageError;
  }
  throw new Error('it was read');
}

describe('private keys', () => {
  const oneLine = openssh.private.trim().replaceAll('\n', ' ');
  it.each([
    ['as it is', openssh.private],
    ['with CRLF', openssh.private.replaceAll('\n', '\r\n')],
    ['without the last line end', openssh.private.trimEnd()],
    ['with blanks in front of every line', openssh.private.replace(/^/gm, '      ')],
    ['on one line', oneLine],
    ['with literal \\n', openssh.private.replaceAll('\n', '\\n')],
    ['in base64', Buffer.from(openssh.private).toString('base64').replace(/.{76}/g, '$&\n')],
    ['in quotes', `"${openssh.private.trim().replaceAll('\n', '\\n')}"`],
    ['with text around it', `key:\n${openssh.private}\nend`],
  ])('are read %s', (_how, text) => {
    const key = readPrivateKey(text, undefined, 'x');
    expect(key.getPublicSSH().toString('base64')).toBe(openssh.public.split(' ')[1]);
  });

  it.each([
    ['ed25519', pkcs8(ed25519), 'ssh-ed25519'],
    ['RSA', pkcs8(rsa), 'ssh-rsa'],
    ['EC', pkcs8(ec), 'ecdsa-sha2-nistp256'],
  ])('in PKCS#8 are converted (%s) and sign what their public half verifies', (_type, text, type) => {
    const key = readPrivateKey(text, undefined, 'x');
    expect(key.type).toBe(type);
    expect(key.verify('data', key.sign('data'))).toBe(true);
  });

  it('converts ed25519 to the very same key', () => {
    const point = ed25519.export({ format: 'jwk' }).x ?? '';
    expect(readPrivateKey(pkcs8(ed25519), undefined, 'x').getPublicSSH().subarray(-32).toString('base64url')).toBe(
      point,
    );
  });

  it.each([
    ["OpenSSH's format", encrypted.private, 'open sesame'],
    ['PKCS#8', pkcs8(rsa, 'eight'), 'eight'],
    ['the old PEM format, with its headers', oldEncrypted, 'old'],
    ['the old PEM format on indented lines', oldEncrypted.replace(/^/gm, '  '), 'old'],
  ])('encrypted in %s open with their passphrase only', (_format, text, passphrase) => {
    expect(readPrivateKey(text, passphrase, 'x').isPrivateKey()).toBe(true);
    expect(failure(text).code).toBe('SSH_KEY_ENCRYPTED');
    expect(failure(text).message).toBe('The private key of deploy@web1:22 is encrypted, and no passphrase was given.');
    expect(failure(text, 'wrong').code).toBe('SSH_KEY_PASSPHRASE_WRONG');
    expect(failure(text, 'wrong').message).toBe('The passphrase does not open the private key of deploy@web1:22.');
  });

  it.each([
    openssh.public,
    generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  ])('are told from public halves', (text) => {
    expect(failure(text).code).toBe('SSH_KEY_IS_PUBLIC');
    expect(failure(text).message).toBe(
      'The private key of deploy@web1:22 is the public half; the private one is needed.',
    );
  });

  it.each([
    ['', 'it is empty'],
    ['  \n', 'it is empty'],
    ['hunter2', 'it has no BEGIN and END line'],
    [openssh.private.slice(0, 200), 'it has no BEGIN and END line'],
  ])('that are none say why: %j', (text, reason) => {
    expect(failure(text).code).toBe('SSH_KEY_INVALID');
    expect(failure(text).message).toBe(`The private key of deploy@web1:22 cannot be read: ${reason}.`);
  });

  it('never show what was given', () => {
    const damaged = openssh.private.replace(/\n(.{20})/, '\n');
    expect(`${failure(damaged).message}${failure(damaged).hint}`).not.toContain(damaged.split('\n')[1]?.slice(0, 12));
  });
});
