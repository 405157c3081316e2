import { describe, expect, it } from 'vitest';
import { caddyConfig } from '../../../packages/core/src/proxy/caddy/config.ts';
import { exampleDomain, exampleRoute } from './example.ts';

const plain = { https: false, certificate: { kind: 'none' } } as const;

interface CaddyRoute {
  match?: { host: string[]; path?: string[] }[];
  handle: { handler: string; status_code?: number; routes?: unknown[]; headers?: Record<string, string[]> }[];
}

const routesOf = (server: { routes: unknown[] } | undefined) => (server?.routes ?? []) as CaddyRoute[];
const matched = (routes: CaddyRoute[]) =>
  routes.flatMap(({ match }) => match?.map(({ host, path }) => [host[0], ...(path ?? ['/'])].join(' ')) ?? []);

describe('caddyConfig', () => {
  it('answers 404 to every host as long as there is no route', () => {
    const { apps } = caddyConfig([]);
    expect(Object.keys(apps.http.servers)).toEqual(['http']);
    expect(routesOf(apps.http.servers.http)).toEqual([
      {
        handle: [{ handler: 'static_response', status_code: 404, body: 'No such domain on this server.\n' }],
      },
    ]);
    expect(apps.tls).toEqual({ certificates: {}, automation: { policies: [] } });
  });

  it('sends a request to the slot that is active, asks about green twice, and falls back to the plain name', () => {
    const { apps } = caddyConfig([exampleRoute({ domains: [exampleDomain(plain)] })]);
    const [route] = routesOf(apps.http.servers.http);
    const proxy = (name: string) => [
      {
        handler: 'reverse_proxy',
        upstreams: [{ dial: `${name}:3000` }],
        load_balancing: { try_duration: '5s', try_interval: '50ms' },
        transport: {
          protocol: 'http',
          dial_timeout: '2s',
          keep_alive: { idle_timeout: '3s', max_idle_conns_per_host: 128 },
        },
      },
    ];
    const slot = (name: string) => ({
      match: [{ file: { root: '/drayage/active/shop-production-web', try_files: [`/${name}`] } }],
      handle: proxy(`shop-production-web-${name}`),
      terminal: true,
    });
    expect(route).toEqual({
      match: [{ host: ['shop.example.com'] }],
      handle: [
        {
          handler: 'subroute',
          routes: [slot('green'), slot('blue'), slot('green'), { handle: proxy('shop-production-web') }],
        },
      ],
      terminal: true,
    });
  });

  it('redirects plain HTTP where the domain has TLS, and only there', () => {
    const route = exampleRoute({ domains: [exampleDomain(), exampleDomain({ ...plain, host: 'plain.example.com' })] });
    const routes = routesOf(caddyConfig([route]).apps.http.servers.http);
    expect(routes.map(({ match, handle }) => [match?.[0]?.host[0], handle[0]?.handler])).toEqual([
      ['plain.example.com', 'subroute'],
      ['shop.example.com', 'static_response'],
      [undefined, 'static_response'],
    ]);
    expect(routes[1]?.handle[0]?.status_code).toBe(308);
    expect(routes[1]?.handle[0]?.headers?.Location).toEqual(['https://{http.request.host}{http.request.uri}']);
  });

  it('matches longer paths first, whole path segments only, and wildcards last', () => {
    const domains = ['*.example.com /', 'a.example.com /', 'a.example.com /api', 'a.example.com /api/v2/'].map(
      (text) => {
        const [host = '', path = ''] = text.split(' ');
        return exampleDomain({ ...plain, host, path });
      },
    );
    const { apps } = caddyConfig([
      exampleRoute({ resource: 'one', domains: domains.slice(0, 3) }),
      exampleRoute({ resource: 'two', domains: domains.slice(3) }),
    ]);
    expect(matched(routesOf(apps.http.servers.http))).toEqual([
      'a.example.com /api/v2 /api/v2/*',
      'a.example.com /api /api/*',
      'a.example.com /',
      '*.example.com /',
    ]);
  });

  it('asks for one certificate a host, by HTTP-01 only, with the settings of its project', () => {
    const { tls } = caddyConfig([
      exampleRoute({ domains: [exampleDomain(), exampleDomain({ path: '/api' })] }),
      exampleRoute({
        resource: 'other',
        acme: { directory: 'https://private.example/dir', authority: 'abc.pem' },
        domains: [exampleDomain({ host: 'other.example.com' })],
      }),
    ]).apps;
    expect(tls.certificates.automate).toEqual(['other.example.com', 'shop.example.com']);
    const challenges = { 'tls-alpn': { disabled: true } };
    expect(tls.automation.policies).toEqual([
      {
        subjects: ['other.example.com'],
        issuers: [
          {
            module: 'acme',
            ca: 'https://private.example/dir',
            trusted_roots_pem_files: ['/drayage/authorities/abc.pem'],
            challenges,
          },
        ],
      },
      {
        subjects: ['shop.example.com'],
        issuers: [{ module: 'acme', ca: 'https://acme.example/dir', email: 'ops@example.com', challenges }],
      },
    ]);
  });

  it('loads a certificate that was given, and asks for none', () => {
    const route = exampleRoute({ domains: [exampleDomain({ certificate: { kind: 'custom', name: 'abc' } })] });
    expect(caddyConfig([route]).apps.tls).toEqual({
      certificates: {
        load_files: [{ certificate: '/drayage/certificates/abc.crt', key: '/drayage/certificates/abc.key' }],
      },
      automation: { policies: [] },
    });
  });
});
