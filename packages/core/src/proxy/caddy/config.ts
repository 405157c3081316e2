import { inContainer } from '../container.ts';
import { byPrecedence, type Route, type RouteDomain, trimmed } from '../route.ts';
import { tlsApp } from './tls.ts';
import { toService } from './upstream.ts';

/** A domain and the service it belongs to. */
export interface Entry {
  readonly route: Route;
  readonly domain: RouteDomain;
}

/** All domains of all routes, in the order in which they must be matched. */
export function entriesOf(routes: readonly Route[]): Entry[] {
  return routes
    .flatMap((route) => route.domains.map((domain) => ({ route, domain })))
    .sort((one, other) => byPrecedence(one.domain, other.domain));
}

/**
 * Caddy's whole configuration, made from the route files and nothing else (https://caddyserver.com/docs/json/).
 * Caddy's own automatic HTTPS is off: what is redirected and which certificates are wanted is said explicitly.
 */
export function caddyConfig(routes: readonly Route[]) {
  const entries = entriesOf(routes);
  const secure = entries.filter(({ domain }) => domain.https);
  const plain = entries.map((entry) => (entry.domain.https ? redirect(entry) : forward(entry)));
  return {
    admin: { listen: `unix/${inContainer.adminSocket}`, config: { persist: false } },
    logging: { logs: { default: { level: 'INFO', writer: { output: 'stderr' }, encoder: { format: 'json' } } } },
    storage: { module: 'file_system', root: `${inContainer.data}/caddy` },
    apps: {
      http: {
        // Requests in flight at a reload may go on this long under the configuration they arrived with.
        grace_period: '10m',
        servers: {
          http: server(':80', plain),
          ...(secure.length === 0 ? {} : { https: { ...server(':443', secure.map(forward)), ...withTls } }),
        },
      },
      tls: tlsApp(secure),
    },
  };
}

const withTls = { tls_connection_policies: [{}] };

function server(listen: string, routes: readonly object[]) {
  const nothing = {
    handle: [{ handler: 'static_response', status_code: 404, body: 'No such domain on this server.\n' }],
  };
  return { listen: [listen], automatic_https: { disable: true }, routes: [...routes, nothing] };
}

function forward({ route, domain }: Entry) {
  return { match: [matcher(domain)], handle: toService(route.resource, domain.port), terminal: true };
}

function redirect({ domain }: Entry) {
  const headers = { Location: ['https://{http.request.host}{http.request.uri}'], Connection: ['close'] };
  return {
    match: [matcher(domain)],
    handle: [{ handler: 'static_response', status_code: 308, headers }],
    terminal: true,
  };
}

function matcher(domain: RouteDomain) {
  const path = trimmed(domain.path);
  return { host: [domain.host], ...(path === '' ? {} : { path: [path, `${path}/*`] }) };
}
