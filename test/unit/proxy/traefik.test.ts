import { describe, expect, it } from 'vitest';
import { traefikDynamic } from '../../../packages/core/src/proxy/traefik/dynamic.ts';
import { traefikFiles } from '../../../packages/core/src/proxy/traefik/files.ts';
import { resolverName, traefikStatic } from '../../../packages/core/src/proxy/traefik/static.ts';
import { exampleDomain, exampleRoute } from './example.ts';

const acme = { directory: 'https://acme.example/dir', email: 'ops@example.com' };

describe("Traefik's dynamic file", () => {
  it('redirects to HTTPS and sends the rest to the slot it is for', () => {
    const route = exampleRoute({ domains: [exampleDomain({ path: '/api/' })] });
    expect(traefikDynamic(route, 'green')).toBe(`http:
  routers:
    shop-production-web-0-http:
      entryPoints:
        - web
      rule: Host(\`shop.example.com\`) && (Path(\`/api\`) || PathPrefix(\`/api/\`))
      priority: 20004
      service: shop-production-web-0
      middlewares:
        - shop-production-web-0-https
    shop-production-web-0:
      entryPoints:
        - websecure
      rule: Host(\`shop.example.com\`) && (Path(\`/api\`) || PathPrefix(\`/api/\`))
      priority: 20004
      service: shop-production-web-0
      middlewares:
        - shop-production-web-retry
      tls:
        certResolver: ${resolverName(acme)}
  services:
    shop-production-web-0:
      loadBalancer:
        servers:
          - url: http://shop-production-web-green:3000
        passHostHeader: true
        serversTransport: shop-production-web
  middlewares:
    shop-production-web-retry:
      retry:
        attempts: 60
        initialInterval: 50ms
    shop-production-web-0-https:
      redirectScheme:
        scheme: https
        permanent: true
  serversTransports:
    shop-production-web:
      maxIdleConnsPerHost: 128
      forwardingTimeouts:
        dialTimeout: 2s
        idleConnTimeout: 3s
`);
  });

  it('differs between the targets only in the name of the server', () => {
    const route = exampleRoute();
    const { targets } = traefikFiles(route, [route], '');
    expect(targets?.blue).toBe(targets?.green.replaceAll('web-green:', 'web-blue:'));
    expect(targets?.plain).toBe(targets?.green.replaceAll('web-green:', 'web:'));
  });

  it('serves plain HTTP without redirect, and a wildcard by an anchored expression', () => {
    const text = traefikDynamic(
      exampleRoute({
        domains: [exampleDomain({ host: '*.example.com', https: false, certificate: { kind: 'none' } })],
      }),
      undefined,
    );
    expect(text).toContain('rule: HostRegexp(`^[^.]+\\.example\\.com$`)\n');
    expect(text).toContain('priority: 10000\n');
    expect(text).not.toContain('redirectScheme');
    expect(text).not.toContain('tls');
  });

  it('names the files of a certificate that was given, once', () => {
    const certificate = { kind: 'custom', name: 'abc' } as const;
    const text = traefikDynamic(
      exampleRoute({ domains: [exampleDomain({ certificate }), exampleDomain({ certificate, path: '/api' })] }),
      undefined,
    );
    expect(text).toContain(`tls:
  certificates:
    - certFile: /drayage/certificates/abc.crt
      keyFile: /drayage/certificates/abc.key
`);
    expect(text.match(/certFile/g)).toHaveLength(1);
    expect(text).toContain('tls: {}');
  });
});

describe("Traefik's static file", () => {
  it('takes routes from files only and has one resolver for each ACME account', () => {
    const name = resolverName(acme);
    expect(traefikStatic([acme, { ...acme }])).toBe(`global:
  checkNewVersion: false
  sendAnonymousUsage: false
log:
  level: INFO
  format: json
entryPoints:
  web:
    address: :80
    transport:
      respondingTimeouts:
        readTimeout: 600s
        idleTimeout: 180s
  websecure:
    address: :443
    http3: {}
    transport:
      respondingTimeouts:
        readTimeout: 600s
        idleTimeout: 180s
providers:
  file:
    directory: /drayage/dynamic
    watch: true
certificatesResolvers:
  ${name}:
    acme:
      caServer: https://acme.example/dir
      email: ops@example.com
      storage: /data/${name}.json
      httpChallenge:
        entryPoint: web
`);
  });

  it('is written again only when a resolver is missing', () => {
    const route = exampleRoute();
    const written = traefikFiles(route, [route], '').static ?? '';
    expect(written).toContain(resolverName(acme));
    expect(traefikFiles(route, [route], written).static).toBeUndefined();
  });
});
