import { createPrivateKey, type KeyObject } from 'node:crypto';
import ssh2, { type ParsedKey } from 'ssh2';
import { DrayageError } from '../errors/drayage-error.ts';
import { encodeEd25519 } from './openssh-key.ts';

/**
 * Reads a private key as people paste it into a CI secret: CRLF, missing last line end, blanks in front of lines, all on one
 * line, literal `\n`, in base64, PKCS#8. `whose` names the key in messages. Throws SSH_KEY_INVALID, SSH_KEY_IS_PUBLIC,
 * SSH_KEY_ENCRYPTED or SSH_KEY_PASSPHRASE_WRONG; never shows any of the text.
 */
export function readPrivateKey(text: string, passphrase: string | undefined, whose: string): ParsedKey {
  if (/^\s*["']?(ssh-|ecdsa-|sk-ssh-|sk-ecdsa-)\S+ AAAA/.test(text) || /BEGIN (SSH2 |RSA )?PUBLIC KEY/.test(text)) {
    throw new DrayageError(
      'SSH_KEY_IS_PUBLIC',
      `The private key of ${whose} is the public half; the private one is needed.`,
      {
        hint: 'Give the file without .pub.',
      },
    );
  }
  const pem = tidy(text);
  if (pem === undefined) {
    const seen = text.trim() === '' ? 'it is empty' : 'it has no BEGIN and END line';
    throw new DrayageError('SSH_KEY_INVALID', `The private key of ${whose} cannot be read: ${seen}.`, {
      hint: 'Paste the whole file, from "-----BEGIN" to "-----END … PRIVATE KEY-----", with its line breaks.',
    });
  }
  const parsed = ssh2.utils.parseKey(convertPkcs8(pem, passphrase, whose), passphrase);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key instanceof Error) throw unreadable(key, passphrase, whose);
  return key;
}

/**
 * The PEM text with its line structure restored; undefined where no BEGIN/END pair is found. PuTTY's format passes through.
 * The whole file in base64 is how keys are kept where a variable has one line.
 */
export function tidy(text: string): string | undefined {
  const packed = text.replace(/\s+/g, '');
  if (/^LS0tLS[A-Za-z0-9+/]+=*$/.test(packed)) return tidy(Buffer.from(packed, 'base64').toString('utf8'));
  const plain = text
    .replaceAll('\\r', '')
    .replaceAll('\\n', '\n')
    .replaceAll('\r', '\n')
    .trim()
    .replace(/^["']|["']$/g, '');
  if (plain.startsWith('PuTTY-User-Key-File')) return `${plain.replace(/\n+/g, '\n')}\n`;
  const found = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/.exec(plain);
  if (found === null) return undefined;
  const [, kind = '', inner = ''] = found;
  // Headers of the old encrypted format (RFC 1421) are the only words with a colon.
  const headers = [...inner.matchAll(/(Proc-Type|DEK-Info): ?(\S+)/g)].map(([, name, value]) => `${name}: ${value}`);
  const base64 = inner.replace(/(Proc-Type|DEK-Info): ?\S+/g, '').replace(/\s+/g, '');
  const lines = base64.match(/.{1,64}/g) ?? [];
  const head = headers.length > 0 ? [...headers, ''] : [];
  return [`-----BEGIN ${kind}-----`, ...head, ...lines, `-----END ${kind}-----`, ''].join('\n');
}

/** ssh2 reads every format but PKCS#8, which `openssl genpkey` and several clouds write. */
function convertPkcs8(pem: string, passphrase: string | undefined, whose: string): string {
  const encrypted = pem.startsWith('-----BEGIN ENCRYPTED PRIVATE KEY-----');
  if (!encrypted && !pem.startsWith('-----BEGIN PRIVATE KEY-----')) return pem;
  if (encrypted && (passphrase ?? '') === '') throw needsPassphrase(whose);
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, passphrase });
  } catch (cause) {
    throw encrypted ? wrongPassphrase(whose) : unreadable(cause, passphrase, whose);
  }
  if (key.asymmetricKeyType === 'ed25519') return encodeEd25519(key);
  if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' }).toString();
  if (key.asymmetricKeyType === 'ec') return key.export({ type: 'sec1', format: 'pem' }).toString();
  throw unreadable(new Error(`keys of type ${key.asymmetricKeyType} are not used by SSH`), passphrase, whose);
}

function unreadable(cause: unknown, passphrase: string | undefined, whose: string): DrayageError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (/no passphrase given/i.test(reason) || (/encrypted/i.test(reason) && (passphrase ?? '') === ''))
    return needsPassphrase(whose);
  if (/passphrase|bad decrypt/i.test(reason)) return wrongPassphrase(whose);
  return new DrayageError('SSH_KEY_INVALID', `The private key of ${whose} cannot be read: ${reason}.`, {
    hint: 'Check the file it was copied from: ssh-keygen -y -f KEY. Keys on security tokens (sk-…) work through an agent only.',
  });
}

function needsPassphrase(whose: string): DrayageError {
  return new DrayageError(
    'SSH_KEY_ENCRYPTED',
    `The private key of ${whose} is encrypted, and no passphrase was given.`,
    {
      hint: 'Give the passphrase, or make a key for deployments: ssh-keygen -t ed25519 -N "" -f deploy-key',
    },
  );
}

function wrongPassphrase(whose: string): DrayageError {
  return new DrayageError('SSH_KEY_PASSPHRASE_WRONG', `The passphrase does not open the private key of ${whose}.`, {
    hint: 'Try it: ssh-keygen -y -f KEY asks for the passphrase.',
  });
}
