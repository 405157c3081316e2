import { describe, expect, it } from 'vitest';
import type { DomainSpec } from '../../../packages/core/src/config/model.ts';
import type { ProxyState } from '../../../packages/core/src/domain/facts.ts';
import { planDomains } from '../../../packages/core/src/domain/plan.ts';
import { wishFor } from '../../../packages/core/src/domain/wish.ts';
import { makePair } from './certificates.ts';
import { exampleDomainSpec, exampleProject, exampleService, exampleState, secret } from './example.ts';

/** Certificates that a test makes are valid from their second on. */
const now = new Date(Date.now() + 3_600_000);
const wish = (domains: readonly DomainSpec[], servers?: readonly string[]) => {
  const service = exampleService(domains);
  return wishFor(exampleProject(service, servers), service, now);
};
const shop = exampleDomainSpec();
const plan = (domains: readonly DomainSpec[], state: ProxyState) =>
  planDomains('node-1', 'caddy', wish(domains), state);

describe('wishFor', () => {
  it.each([
    [
      'TLS without a certificate',
      { certificate: { kind: 'none' } },
      /`https: true` and `certificate: none` exclude each other/,
    ],
    ['a wildcard by HTTP-01', { host: '*.example.com' }, /a wildcard cannot be proven by HTTP-01/],
    ['what is no host', { host: 'https://x/' }, /this is not a host name/],
  ] as const)('refuses %s', (_, changes, message) => {
    expect(() => wish([exampleDomainSpec(changes)])).toThrowError(
      expect.objectContaining({ code: 'DOMAIN_IMPOSSIBLE', message: expect.stringMatching(message) }),
    );
  });

  it('refuses two proxies that would each ask for the certificate of one name', () => {
    expect(() => wish([shop], ['node-1', 'node-2'])).toThrowError(/node-1 and node-2 would each ask for a certificate/);
    expect(() => wish([exampleDomainSpec({ https: false })], ['node-1', 'node-2'])).not.toThrow();
  });

  it('reports all faults at once', () => {
    const domains = [exampleDomainSpec({ host: '*.a.example' }), exampleDomainSpec({ certificate: { kind: 'none' } })];
    expect(() => wish(domains)).toThrowError(
      expect.objectContaining({ errors: [expect.anything(), expect.anything()] }),
    );
  });
});

describe('planDomains', () => {
  it('adds a domain and connects the proxy to the network of the environment', () => {
    const state = exampleState([], { networks: new Set(['0--drayage-proxy']) });
    const { changes, activation } = plan([shop], state);
    expect(changes).toEqual([
      'connect the proxy to shop-production',
      'add https://shop.example.com/ to port 3000 (certificate: letsencrypt)',
    ]);
    expect(activation).toMatchObject({
      resource: 'shop-production-web',
      expected: 'abc',
      connect: 'shop-production',
      obsolete: [],
    });
    expect(activation.proxy.kind === 'caddy' && activation.proxy.config).toContain('shop-production-web-green:3000');
  });

  it('has nothing to do when route and configuration are as they should be', () => {
    expect(plan([shop], exampleState([wish([shop]).route])).changes).toEqual([]);
  });

  it('mends a configuration that is not what the routes say', () => {
    expect(plan([shop], exampleState([wish([shop]).route], { config: '{}' })).changes).toEqual([
      'bring the configuration of the proxy up to date',
    ]);
  });

  it('shows what changes, domain by domain, and drops the route with the last one', () => {
    const before = exampleState([wish([shop]).route]);
    expect(plan([exampleDomainSpec({ port: 8080 })], before).changes).toEqual([
      'add https://shop.example.com/ to port 8080 (certificate: letsencrypt)',
      'remove https://shop.example.com/ to port 3000 (certificate: letsencrypt)',
    ]);
    const { changes, activation } = plan([], before);
    expect(changes).toEqual(['remove https://shop.example.com/ to port 3000 (certificate: letsencrypt)']);
    expect(activation.route).toBeUndefined();
  });

  it('stores a new certificate and forgets the one it replaces', () => {
    const custom = () => {
      const { cert, key } = makePair(['shop.example.com']);
      return exampleDomainSpec({ certificate: { kind: 'custom', cert, key: secret(key) } });
    };
    const [first, second] = [wish([custom()]), wish([custom()])];
    const [[old = ''] = [], [fresh = ''] = []] = [[...first.certificates.keys()], [...second.certificates.keys()]];
    const state = exampleState([first.route], { certificates: new Set([old]) });
    const { missing, activation } = planDomains('node-1', 'caddy', second, state);
    expect(missing.certificates).toEqual([fresh]);
    expect(activation.obsolete).toEqual([old]);
    expect(JSON.stringify(activation)).not.toContain('PRIVATE KEY');
  });

  it('never takes a domain or a name from somebody else', () => {
    const theirs = {
      ...wish([shop]).route,
      owner: { 'dev.drayage.project': 'blog', 'dev.drayage.environment': 'production', 'dev.drayage.service': 'www' },
    };
    const refusal = (message: RegExp) =>
      expect.objectContaining({ code: 'DOMAIN_TAKEN', message: expect.stringMatching(message) });
    expect(() => plan([shop], exampleState([{ ...theirs, resource: 'blog-production-www' }]))).toThrowError(
      refusal(
        /^node-1: https:\/\/shop\.example\.com\/ is served by the service www of project blog, environment production already\.$/,
      ),
    );
    expect(() => plan([exampleDomainSpec({ host: 'new.example.com' })], exampleState([theirs]))).toThrowError(
      refusal(/the name shop-production-web belongs to the service www of project blog/),
    );
  });

  it.each([
    ['PROXY_NOT_RUNNING', { kind: undefined, running: false }, /the proxy does not run \(there is none\)/],
    ['PROXY_NOT_RUNNING', { running: false }, /the container drayage-proxy is stopped/],
    ['PROXY_NOT_RUNNING', { kind: 'traefik' }, /it is traefik, drayage\.yml says caddy/],
    [
      'DOMAIN_IMPOSSIBLE',
      { network: undefined, networks: new Set<string>() },
      /has no network shop-production: the service does not run there/,
    ],
  ] as const)('refuses with %s what cannot work: %o', (code, changes, message) => {
    expect(() => plan([shop], exampleState([], changes))).toThrowError(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  it('trusts a Swarm to know a network that this node does not list', () => {
    const state = exampleState([], { network: undefined, networks: new Set(), inSwarm: true });
    expect(plan([shop], state).activation.connect).toBe('shop-production');
  });
});
