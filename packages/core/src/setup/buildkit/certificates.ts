// Makes certificates. Loaded only where one is missing or about to expire.
import { randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
// The library's injector asks for it.
import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { lifetime } from './lifetime.ts';

/** A certificate with its private key (PKCS#8), as PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** Clocks of two machines differ a little. */
const backdated = 3_600_000;

cryptoProvider.set(webcrypto);

/** An authority of its own for one buildkitd: whoever it signs for may build there, and nowhere else. */
export async function makeAuthority(server: string, now = new Date()): Promise<Pair> {
  const keys = await newKeys();
  const cert = await X509CertificateGenerator.createSelfSigned({
    ...validity(now, lifetime.authority),
    name: [{ CN: [`Drayage authority of ${server}`] }],
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: pem(cert), key: await keyText(keys) };
}

/** @param names Names and addresses under which the daemon is reached. */
export function makeServer(authority: Pair, names: readonly string[], now = new Date()): Promise<Pair> {
  const extensions = [
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension(
      [...new Set(names)].map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
    ),
  ];
  return issue(authority, names[0] ?? 'buildkitd', extensions, now);
}

export function makeClient(authority: Pair, name: string, now = new Date()): Promise<Pair> {
  return issue(authority, name, [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])], now);
}

async function issue(
  authority: Pair,
  name: string,
  extensions: readonly (ExtendedKeyUsageExtension | SubjectAlternativeNameExtension)[],
  now: Date,
): Promise<Pair> {
  const issuer = new X509Certificate(authority.cert);
  const keys = await newKeys();
  const cert = await X509CertificateGenerator.create({
    ...validity(now, lifetime.leaf),
    subject: [{ CN: [name] }],
    issuer: issuer.subjectName.toJSON(),
    publicKey: keys.publicKey,
    signingKey: await signingKey(authority.key),
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer),
      ...extensions,
    ],
  });
  return { cert: pem(cert), key: await keyText(keys) };
}

function validity(now: Date, days: number) {
  return {
    // Positive, and at most 20 bytes long (RFC 5280, section 4.1.2.2).
    serialNumber: `4${randomBytes(16).toString('hex').slice(1)}`,
    notBefore: new Date(now.getTime() - backdated),
    notAfter: new Date(now.getTime() + days * 86_400_000),
  };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;
}

async function signingKey(text: string): Promise<webcrypto.CryptoKey> {
  const bytes = PemConverter.decodeFirst(text);
  return webcrypto.subtle.importKey('pkcs8', bytes, algorithm, false, ['sign']) as Promise<webcrypto.CryptoKey>;
}

async function keyText({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> {
  const bytes = await webcrypto.subtle.exportKey('pkcs8', privateKey as webcrypto.CryptoKey);
  return `${PemConverter.encode(bytes, 'PRIVATE KEY')}\n`;
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}
