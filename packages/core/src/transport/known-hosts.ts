import { createHmac } from 'node:crypto';

/** One line that is about a host, in the order of the file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export interface KnownHost {
  readonly marker?: 'revoked' | 'cert-authority';
  /** The names field, still as it stands in the file. */
  readonly names: string;
  readonly keyType: string;
  readonly key: Buffer;
  /** Counted from 1. */
  readonly line: number;
}

export interface KnownHostsProblem {
  readonly line: number;
  readonly reason: string;
}

/** Reads a known_hosts text. Lines that are not understood are returned as problems, never guessed at. */
export function parseKnownHosts(text: string): { hosts: KnownHost[]; problems: KnownHostsProblem[] } {
  const hosts: KnownHost[] = [];
  const problems: KnownHostsProblem[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const words = raw.trim().split(/[ \t]+/);
    const [first = ''] = words;
    if (first === '' || first.startsWith('#')) continue;
    const marker = first.startsWith('@') ? words.shift()?.slice(1) : undefined;
    if (marker !== undefined && marker !== 'revoked' && marker !== 'cert-authority') {
      problems.push({ line, reason: `'@${marker}' is not a marker; '@revoked' and '@cert-authority' are` });
      continue;
    }
    const [names, keyType, encoded] = words;
    const key = encoded === undefined ? undefined : decodeKey(encoded, keyType);
    if (names === undefined || keyType === undefined || key === undefined) {
      problems.push({ line, reason: 'expected: host names, key type, key in base64' });
      continue;
    }
    hosts.push({ marker, names, keyType, key, line });
  }
  return { hosts, problems };
}

/** The key's bytes when they are base64 of a key of that type (RFC 4253, section 6.6: the type is its first string). */
export function decodeKey(encoded: string, keyType: string | undefined): Buffer | undefined {
  const key = Buffer.from(encoded, 'base64');
  if (key.length < 4) return undefined;
  const length = key.readUInt32BE(0);
  return key.subarray(4, 4 + length).toString('latin1') === keyType ? key : undefined;
}

/** Whether the names field of a line is about this host: lists, `*` and `?`, `!negation`, `[host]:port`, hashed names. */
export function namesMatch(names: string, host: string, port: number): boolean {
  const wanted = (port === 22 ? host : `[${host}]:${port}`).toLowerCase();
  if (names.startsWith('|1|')) return hashedNameMatches(names, wanted);
  let matched = false;
  for (const item of names.split(',')) {
    const negated = item.startsWith('!');
    if (!wildcardMatches((negated ? item.slice(1) : item).toLowerCase(), wanted)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

function hashedNameMatches(field: string, wanted: string): boolean {
  const [, , salt, hash] = field.split('|');
  if (salt === undefined || hash === undefined) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(wanted).digest('base64') === hash;
}

function wildcardMatches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(text);
}
