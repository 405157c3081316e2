import { createHash } from 'node:crypto';
import { DrayageError } from '../errors/drayage-error.ts';
import { decodeKey, type KnownHost, namesMatch, parseKnownHosts } from './known-hosts.ts';
import { addressOf, type Target } from './target.ts';

/** `SHA256:…` without padding, as `ssh-keygen -lf` prints it. `key` is the public key in wire format. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The key type named inside a public key in wire format. */
export function keyTypeOf(key: Buffer): string {
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
}

/** Signature algorithms by family, ours first: a host with several keys shows the first one both sides name. */
const families: readonly (readonly string[])[] = [
  ['ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
  ['rsa-sha2-512', 'rsa-sha2-256'],
];

export type Verdict =
  | { readonly accepted: true /** Set when nothing was known about it. */; readonly newKey?: Buffer }
  | { readonly accepted: false; readonly error: DrayageError };

/** What is known about one host's key, prepared before connecting. */
export interface HostKeyCheck {
  /** Lists of `serverHostKey` algorithms to offer, one per connection attempt: the next is tried on a mismatch of a pin. */
  readonly offers: readonly (readonly string[])[];
  /** Decides about the key that the server shows; pure. */
  verify(key: Buffer): Verdict;
}

/** Throws SSH_KNOWN_HOSTS_INVALID where what was given cannot decide about this host. */
export function hostKeyCheck(target: Target): HostKeyCheck {
  if (target.hostKey !== undefined && target.hostKey.trim() !== '') return pinned(target, target.hostKey.trim());
  const known = knownKeys(target);
  const trusted = known.filter((entry) => entry.marker === undefined);
  const types = new Set(trusted.map((entry) => entry.keyType));
  const isKnown = (algorithm: string) => types.has(algorithm) || (algorithm.startsWith('rsa-') && types.has('ssh-rsa'));
  const all = families.flat();
  return {
    offers: [[...all.filter(isKnown), ...all.filter((algorithm) => !isKnown(algorithm))]],
    verify: (key) => verifyKnown(target, known, key),
  };
}

function pinned(target: Target, pin: string): HostKeyCheck {
  const [type, encoded] = pin.split(/\s+/);
  const whole = encoded === undefined ? undefined : decodeKey(encoded, type);
  const expected = whole === undefined ? pin : fingerprintOf(whole);
  if (!/^SHA256:[A-Za-z0-9+/]{43}$/.test(expected)) {
    throw new DrayageError(
      'SSH_KNOWN_HOSTS_INVALID',
      `The host key of ${target.name} is '${pin}'; expected SHA256: and 43 characters.`,
      { hint: 'Print it on the server with: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub' },
    );
  }
  // A fingerprint does not tell its key's type, and a server shows one key per connection: so each family is asked in turn.
  const ofType =
    whole === undefined
      ? families
      : families.filter((family) => family.includes(type === 'ssh-rsa' ? 'rsa-sha2-512' : (type ?? '')));
  return {
    offers: ofType,
    verify: (key) =>
      fingerprintOf(key) === expected
        ? { accepted: true }
        : { accepted: false, error: mismatch(target, key, expected) },
  };
}

function knownKeys(target: Target): KnownHost[] {
  const { hosts, problems } = parseKnownHosts(target.knownHosts ?? '');
  const at = (port: number) => hosts.filter((entry) => namesMatch(entry.names, target.host, port));
  const exact = at(target.port);
  // OpenSSH also takes an entry without port for a server on another port.
  const found = exact.length > 0 ? exact : at(22);
  const [problem] = problems;
  if (found.length === 0 && problem !== undefined) {
    throw new DrayageError(
      'SSH_KNOWN_HOSTS_INVALID',
      `Line ${problem.line} of the known_hosts text cannot be read (${problem.reason}), and no other line is about ${target.host}.`,
    );
  }
  const authority = found.find((entry) => entry.marker === 'cert-authority');
  if (authority !== undefined && found.every((entry) => entry.marker !== undefined)) {
    throw new DrayageError(
      'SSH_KNOWN_HOSTS_INVALID',
      `Line ${authority.line} of the known_hosts text trusts ${target.host} by '@cert-authority'; host certificates are not supported.`,
      { hint: `Give the host's own key: ssh-keyscan -p ${target.port} ${target.host}` },
    );
  }
  return found;
}

function verifyKnown(target: Target, known: readonly KnownHost[], key: Buffer): Verdict {
  const same = known.filter((entry) => entry.key.equals(key));
  const revoked = same.find((entry) => entry.marker === 'revoked');
  if (revoked !== undefined) {
    const message = `${target.name} (${addressOf(target)}) showed the host key ${fingerprintOf(key)}, which line ${revoked.line} of the known_hosts text marks as revoked.`;
    return { accepted: false, error: new DrayageError('SSH_HOST_KEY_REVOKED', message) };
  }
  if (same.some((entry) => entry.marker === undefined)) return { accepted: true };
  const trusted = known.filter((entry) => entry.marker === undefined);
  if (trusted.length > 0) {
    const expected = trusted.map((entry) => `${fingerprintOf(entry.key)} (${entry.keyType})`).join(' or ');
    return { accepted: false, error: mismatch(target, key, expected) };
  }
  if (target.hostKeyPolicy === 'accept-new') return { accepted: true, newKey: key };
  const offered = fingerprintOf(key);
  return {
    accepted: false,
    error: new DrayageError(
      'SSH_HOST_KEY_UNKNOWN',
      `Nothing says which host key ${target.name} (${addressOf(target)}) has; it showed ${offered} (${keyTypeOf(key)}). Nothing was sent to it.`,
      {
        hint: `Compare with "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" on the server, then add below servers.${target.name}:\n    host-key: ${offered}`,
      },
    ),
  };
}

function mismatch(target: Target, key: Buffer, expected: string): DrayageError {
  return new DrayageError(
    'SSH_HOST_KEY_MISMATCH',
    `${target.name} (${addressOf(target)}) showed the host key ${fingerprintOf(key)} (${keyTypeOf(key)}), expected ${expected}. No command was run.`,
    { hint: 'Compare on the server itself: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub' },
  );
}
