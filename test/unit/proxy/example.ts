import type { Route, RouteDomain } from '../../../packages/core/src/proxy/route.ts';

/** A route with what a test is about changed. */
export function exampleRoute(changes: Partial<Route> = {}): Route {
  return {
    version: 1,
    resource: 'shop-production-web',
    network: 'shop-production',
    owner: { 'dev.drayage.project': 'shop' },
    acme: { directory: 'https://acme.example/dir', email: 'ops@example.com' },
    domains: [exampleDomain()],
    ...changes,
  };
}

export function exampleDomain(changes: Partial<RouteDomain> = {}): RouteDomain {
  return {
    host: 'shop.example.com',
    path: '/',
    port: 3000,
    https: true,
    certificate: { kind: 'letsencrypt' },
    ...changes,
  };
}
