import { createPrivateKey, X509Certificate } from 'node:crypto';
import { DrayageError } from '../errors/drayage-error.ts';

export interface Pair {
  /** PEM, leaf first. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
}

/**
 * Throws CERTIFICATE_INVALID unless the pair can serve the host now: the key belongs to the first certificate, which
 * names the host and is in its time, and every further certificate signed the one before it.
 */
export function checkPair(host: string, pair: Pair, now: Date): void {
  const fault = faultOf(host, pair, now);
  if (fault === undefined) return;
  throw new DrayageError('CERTIFICATE_INVALID', `The certificate for ${host} cannot be used: ${fault}.`, {
    hint: 'Give the chain as `cert`, leaf first, and its unencrypted private key as `key`, both as PEM text.',
  });
}

function faultOf(host: string, { cert, key }: Pair, now: Date): string | undefined {
  const chain = parse(() => readChain(cert)) ?? [];
  const [leaf] = chain;
  if (leaf === undefined) return '`cert` holds no certificate in PEM';
  const privateKey = parse(() => createPrivateKey(key));
  if (privateKey === undefined) return '`key` is not an unencrypted private key in PEM';
  if (!leaf.checkPrivateKey(privateKey)) return '`key` does not belong to the first certificate of `cert`';
  if (leaf.checkHost(host.replace(/^\*\./, 'any.'), { subject: 'never' }) === undefined) {
    return `it is for ${leaf.subjectAltName?.replaceAll('DNS:', '') ?? 'no name at all'}`;
  }
  if (Date.parse(leaf.validTo) <= now.getTime()) return `it expired on ${leaf.validTo}`;
  if (Date.parse(leaf.validFrom) > now.getTime()) return `it is not valid before ${leaf.validFrom}`;
  const stranger = chain.findIndex((signer, index) => index > 0 && !chain[index - 1]?.checkIssued(signer));
  return stranger < 0 ? undefined : `certificate ${stranger + 1} in \`cert\` did not sign certificate ${stranger}`;
}

function readChain(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

function parse<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
