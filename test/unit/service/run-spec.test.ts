import { describe, expect, it } from 'vitest';
import { secret } from '../../../packages/core/src/config/secret.ts';
import { readiness, referencesIn, runSpec, secretName } from '../../../packages/core/src/service/run-spec.ts';
import { specHash } from '../../../packages/core/src/service/spec-hash.ts';
import { deploySpec, pinned, spec } from './specs.ts';

describe('runSpec', () => {
  it('replaces secrets by names that end in a hash of their content', () => {
    const deploy = deploySpec({
      env: { PLAIN: 'a', TOKEN: secret('s3cret') },
      secrets: { API_KEY: secret('k'), LITERAL: 'also a file' },
      mounts: [{ type: 'file', target: '/etc/app.conf', content: 'x', readOnly: true }],
    });
    const { spec, secrets } = runSpec('shop-production-web', deploy, [], pinned);
    expect(JSON.stringify(spec)).not.toContain('s3cret');
    expect(spec.env.PLAIN).toBe('a');
    expect(spec.env.TOKEN).toEqual({
      secretRef: expect.stringMatching(/^shop-production-web\.env-TOKEN-[0-9a-f]{12}$/),
    });
    expect(referencesIn(spec).map((name) => secrets.get(name))).toEqual(['s3cret', 'k', 'also a file', 'x']);
  });

  it('names a secret differently when its value, its name or its service differs', () => {
    const names = [
      secretName('shop-web', 'A', 'x'),
      secretName('shop-web', 'A', 'y'),
      secretName('shop-web', 'B', 'x'),
      secretName('shop-api', 'A', 'x'),
    ];
    expect(new Set(names).size).toBe(4);
    expect(secretName('shop-web', 'A', 'x')).toBe(names[0]);
  });

  it('keeps names within what Swarm takes', () => {
    const name = secretName('s'.repeat(63), 'file-/etc/with blanks/ü.conf', 'x');
    expect(name).toMatch(/^[A-Za-z0-9_.-]{1,64}$/);
  });
});

describe('readiness', () => {
  const domain = { host: 'a.test', path: '/', port: 8080, https: false, certificate: { kind: 'none' } } as const;
  it.each([
    [
      'a health check',
      deploySpec(),
      [domain],
      { source: 'health', probe: { kind: 'http', path: '/healthz', port: 3000 } },
    ],
    [
      'the port of a domain',
      deploySpec({ health: undefined }),
      [domain],
      { source: 'port', port: 8080, window: 30_000 },
    ],
    [
      'a published port',
      deploySpec({ health: undefined, ports: [{ published: 80, target: 3000, mode: 'host', protocol: 'tcp' }] }),
      [],
      { source: 'port', port: 3000 },
    ],
    ['nothing', deploySpec({ health: undefined }), [], { source: 'running', window: 5000 }],
  ])('follows %s', (_what, deploy, domains, expected) => {
    expect(readiness(deploy, domains)).toMatchObject(expected);
  });
});

describe('specHash', () => {
  it('changes with what runs', () => {
    const hashes = [spec(), spec({ replicas: 2 }), spec({ env: { A: 'b' } }), spec({ user: '1000' })].map(specHash);
    expect(new Set(hashes).size).toBe(4);
  });

  it('stays for what only steers the deployment, and for another order of keys', () => {
    expect(specHash(spec({ keep: 3, timeout: 1000, drain: 0 }))).toBe(specHash(spec()));
    expect(specHash(spec({ env: { A: '1', B: '2' } }))).toBe(specHash(spec({ env: { B: '2', A: '1' } })));
  });

  it('changes with the value of a secret, which it does not contain', () => {
    expect(specHash(spec({ env: { A: secret('1') } }))).not.toBe(specHash(spec({ env: { A: secret('2') } })));
  });
});
