import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namesMatch, parseKnownHosts } from '../../../packages/core/src/transport/known-hosts.ts';

const key = 'AAAAC3NzaC1lZDI1NTE5AAAAIIl7vJb5mUVvbZLYxvbhqF8oIYwmcyBjBBhyMrBNv2Up';

function hashed(name: string): string {
  const salt = Buffer.from('0123456789abcdefghij');
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

describe('matching names', () => {
  it.each([
    ['example.com', 'example.com', 22, true],
    ['EXAMPLE.com', 'example.COM', 22, true],
    ['example.com', 'example.com', 2222, false],
    ['[example.com]:2222', 'example.com', 2222, true],
    ['[example.com]:2222', 'example.com', 22, false],
    ['a,b,c', 'b', 22, true],
    ['10.0.0.?', '10.0.0.7', 22, true],
    ['10.0.0.?', '10.0.0.17', 22, false],
    ['*.example.com', 'a.b.example.com', 22, true],
    ['*.example.com', 'example.com', 22, false],
    ['*.example.com,!bad.example.com', 'bad.example.com', 22, false],
    ['!bad.example.com,*.example.com', 'good.example.com', 22, true],
    ['[*]:2222', 'x', 2222, true],
    ['a.c', 'abc', 22, false],
    [hashed('example.com'), 'example.com', 22, true],
    [hashed('[example.com]:2222'), 'example.com', 2222, true],
    [hashed('example.com'), 'example.org', 22, false],
    ['|1|nonsense', 'example.com', 22, false],
  ])('%s and %s, port %i: %s', (names, host, port, expected) => {
    expect(namesMatch(names, host, port)).toBe(expected);
  });
});

describe('reading known_hosts', () => {
  it('reads markers, comments behind the key, blank lines and CRLF', () => {
    const { hosts, problems } = parseKnownHosts(
      `# mine\r\n\r\nweb ssh-ed25519 ${key} comment\r\n@revoked web ssh-ed25519 ${key}\n@cert-authority *.x ssh-ed25519 ${key}\n`,
    );
    expect(problems).toEqual([]);
    expect(hosts.map(({ marker, names, keyType, line }) => [marker, names, keyType, line])).toEqual([
      [undefined, 'web', 'ssh-ed25519', 3],
      ['revoked', 'web', 'ssh-ed25519', 4],
      ['cert-authority', '*.x', 'ssh-ed25519', 5],
    ]);
  });

  it.each([
    ['web', 'expected: host names, key type, key in base64'],
    ['web ssh-ed25519 AAAA', 'expected: host names, key type, key in base64'],
    [`web ssh-rsa ${key}`, 'expected: host names, key type, key in base64'],
    [`@trusted web ssh-ed25519 ${key}`, "'@trusted' is not a marker; '@revoked' and '@cert-authority' are"],
  ])('reports the line %j', (line, reason) => {
    expect(parseKnownHosts(`\n${line}\n`)).toEqual({ hosts: [], problems: [{ line: 2, reason }] });
  });

  it('never throws, whatever the text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => void parseKnownHosts(text)));
  });
});
