import { urlOf } from '../config/url.ts';
import { DrayageError, throwAll } from '../errors/drayage-error.ts';
import type { Activation } from '../proxy/activate.ts';
import { caddyConfig } from '../proxy/caddy/config.ts';
import { type ProxyKind, proxyContainer } from '../proxy/container.ts';
import { printRoute, type Route, type RouteDomain, trimmed } from '../proxy/route.ts';
import { traefikFiles } from '../proxy/traefik/files.ts';
import type { ProxyState } from './facts.ts';
import type { Wish } from './wish.ts';

export interface DomainPlan {
  /** What changes, one line each, for people; empty: nothing has to be done. */
  readonly changes: readonly string[];
  readonly activation: Omit<Activation, 'stateDir' | 'guard'>;
  /** Names of certificates and the authority that have to be stored first. */
  readonly missing: { readonly certificates: readonly string[]; readonly authority: boolean };
}

/**
 * Decides what changes on one node. Pure. Throws PROXY_NOT_RUNNING, DOMAIN_TAKEN or DOMAIN_IMPOSSIBLE when the node cannot
 * serve what is asked for.
 */
export function planDomains(server: string, kind: ProxyKind, wish: Wish, state: ProxyState): DomainPlan {
  const { route } = wish;
  requireProxy(server, kind, state);
  const old = state.routes.find(({ resource }) => resource === route.resource);
  const others = state.routes.filter(({ resource }) => resource !== route.resource);
  requireOwn(server, route, old);
  requireFree(server, route, others);
  const connect = route.domains.length > 0 && !state.networks.has(route.network);
  if (connect && state.network === undefined && !state.inSwarm) {
    throw new DrayageError(
      'DOMAIN_IMPOSSIBLE',
      `${server} has no network ${route.network}: the service does not run there.`,
      {
        hint: `Deploy it there first, or take ${server} out of proxy.servers.`,
      },
    );
  }
  const wanted = route.domains.length === 0 ? undefined : route;
  const routes = [...others, ...(wanted === undefined ? [] : [wanted])].sort((a, b) =>
    a.resource < b.resource ? -1 : 1,
  );
  const proxy =
    kind === 'caddy'
      ? ({ kind, config: `${JSON.stringify(caddyConfig(routes), null, 2)}\n` } as const)
      : ({ kind, files: traefikFiles(wanted, routes, state.config) } as const);
  const certificates = [...wish.certificates.keys()].filter((name) => !state.certificates.has(name));
  const authority = wish.authority !== undefined && !state.authorities.has(wish.authority.name);
  const changes = [
    ...(connect ? [`connect the proxy to ${route.network}`] : []),
    ...differences(old?.domains ?? [], route.domains),
    ...certificates.map((name) => `store the certificate ${name}`),
  ];
  const inForce = proxy.kind === 'caddy' ? state.config === proxy.config : traefikInForce(proxy.files, state);
  const sameRoute =
    wanted === undefined ? old === undefined : old !== undefined && printRoute(old) === printRoute(wanted);
  if (changes.length === 0 && (!inForce || !sameRoute)) changes.push('bring the configuration of the proxy up to date');
  return {
    changes,
    activation: {
      resource: route.resource,
      expected: state.state,
      route: wanted === undefined ? undefined : printRoute(wanted),
      proxy,
      connect: connect ? route.network : undefined,
      obsolete: certificateNames(old === undefined ? [] : [old]).filter(
        (name) => !certificateNames(routes).includes(name),
      ),
    },
    missing: { certificates, authority },
  };
}

function requireProxy(server: string, kind: ProxyKind, { kind: found, running }: ProxyState): void {
  if (running && found === kind) return;
  const why =
    found === undefined
      ? 'there is none'
      : found === kind
        ? `the container ${proxyContainer} is stopped`
        : `it is ${found}, drayage.yml says ${kind}`;
  throw new DrayageError('PROXY_NOT_RUNNING', `${server}: the proxy does not run (${why}).`, {
    hint: `drayage setup-deploy-node --servers ${server}`,
  });
}

/** Names of two projects can meet through their hyphens; the labels tell them apart. */
function requireOwn(server: string, route: Route, old: Route | undefined): void {
  if (old === undefined || JSON.stringify(sorted(old.owner)) === JSON.stringify(sorted(route.owner))) return;
  throw new DrayageError('DOMAIN_TAKEN', `${server}: the name ${route.resource} belongs to ${describe(old)}.`, {
    hint: 'Rename the project, the environment or the service.',
  });
}

function requireFree(server: string, route: Route, others: readonly Route[]): void {
  const key = ({ host, path }: RouteDomain) => `${host} ${trimmed(path)}`;
  const taken = new Map(others.flatMap((other) => other.domains.map((domain) => [key(domain), other] as const)));
  throwAll(
    route.domains.flatMap((domain) => {
      const other = taken.get(key(domain));
      if (other === undefined) return [];
      return [new DrayageError('DOMAIN_TAKEN', `${server}: ${urlOf(domain)} is served by ${describe(other)} already.`)];
    }),
  );
}

const sorted = (labels: Readonly<Record<string, string>>) => Object.entries(labels).sort();

function describe({ owner, resource }: Route): string {
  const part = (name: string) => Object.entries(owner).find(([key]) => key.endsWith(`.${name}`))?.[1];
  return `the service ${part('service') ?? resource} of project ${part('project') ?? '?'}, environment ${part('environment') ?? '?'}`;
}

function differences(old: readonly RouteDomain[], wanted: readonly RouteDomain[]): string[] {
  const texts = (domains: readonly RouteDomain[]) => new Set(domains.map(describeDomain));
  const [before, after] = [texts(old), texts(wanted)];
  return [
    ...[...after].filter((text) => !before.has(text)).map((text) => `add ${text}`),
    ...[...before].filter((text) => !after.has(text)).map((text) => `remove ${text}`),
  ];
}

function describeDomain(domain: RouteDomain): string {
  const certificate =
    domain.certificate.kind === 'custom' ? `custom ${domain.certificate.name}` : domain.certificate.kind;
  return `${urlOf(domain)} to port ${domain.port} (certificate: ${certificate})`;
}

function traefikInForce(
  { static: statics, targets }: ReturnType<typeof traefikFiles>,
  { dynamic }: ProxyState,
): boolean {
  if (statics !== undefined) return false;
  return targets === undefined ? dynamic === '' : Object.values(targets).includes(dynamic);
}

function certificateNames(routes: readonly Route[]): string[] {
  return routes.flatMap(({ domains }) =>
    domains.flatMap(({ certificate }) => (certificate.kind === 'custom' ? [certificate.name] : [])),
  );
}
