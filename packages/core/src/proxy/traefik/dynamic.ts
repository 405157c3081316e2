import { stringify } from 'yaml';
import { inContainer } from '../container.ts';
import { type Route, type RouteDomain, trimmed } from '../route.ts';
import { type Slot, slotName } from '../slot.ts';
import { type DynamicFile, dynamicFile } from './schema.ts';
import { resolverName } from './static.ts';

/** Names of the files a service has in the slots folder: one per target. */
export const traefikTargets = ['plain', 'blue', 'green'] as const;

/**
 * Traefik's dynamic file for one service (https://doc.traefik.io/traefik/providers/file/). Names in it begin with the
 * resource, because Traefik drops a name that two files define.
 */
export function traefikDynamic(route: Route, slot: Slot | undefined): string {
  const { resource } = route;
  const name = slot === undefined ? resource : slotName(resource, slot);
  const file: DynamicFile = { http: { routers: {}, services: {}, middlewares: {}, serversTransports: {} } };
  file.http.middlewares[`${resource}-retry`] = { retry: { attempts: 60, initialInterval: '50ms' } };
  file.http.serversTransports[resource] = {
    maxIdleConnsPerHost: 128,
    // Shorter than the 5 s after which Node.js closes an idle connection.
    forwardingTimeouts: { dialTimeout: '2s', idleConnTimeout: '3s' },
  };
  for (const [index, domain] of route.domains.entries()) addDomain(file, route, domain, `${resource}-${index}`, name);
  return stringify(dynamicFile.parse(file), { lineWidth: 0, aliasDuplicateObjects: false });
}

function addDomain(file: DynamicFile, route: Route, domain: RouteDomain, id: string, name: string): void {
  const { routers, services, middlewares } = file.http;
  const rule = { rule: ruleOf(domain), priority: priorityOf(domain), service: id };
  const retry = `${route.resource}-retry`;
  services[id] = {
    loadBalancer: {
      servers: [{ url: `http://${name}:${domain.port}` }],
      passHostHeader: true,
      serversTransport: route.resource,
    },
  };
  if (!domain.https) {
    routers[id] = { entryPoints: ['web'], ...rule, middlewares: [retry] };
    return;
  }
  middlewares[`${id}-https`] = { redirectScheme: { scheme: 'https', permanent: true } };
  routers[`${id}-http`] = { entryPoints: ['web'], ...rule, middlewares: [`${id}-https`] };
  const tls = domain.certificate.kind === 'letsencrypt' ? { certResolver: resolverName(route.acme) } : {};
  routers[id] = { entryPoints: ['websecure'], ...rule, middlewares: [retry], tls };
  if (domain.certificate.kind === 'custom') addCertificate(file, domain.certificate.name);
}

function addCertificate(file: DynamicFile, name: string): void {
  const certFile = `${inContainer.certificates}/${name}.crt`;
  const certificates = file.tls?.certificates ?? [];
  if (certificates.some((known) => known.certFile === certFile)) return;
  file.tls = { certificates: [...certificates, { certFile, keyFile: `${inContainer.certificates}/${name}.key` }] };
}

function ruleOf({ host, path }: RouteDomain): string {
  const name = host.startsWith('*.')
    ? `HostRegexp(\`^[^.]+\\.${host.slice(2).replaceAll('.', '\\.')}$\`)`
    : `Host(\`${host}\`)`;
  const prefix = trimmed(path);
  return prefix === '' ? name : `${name} && (Path(\`${prefix}\`) || PathPrefix(\`${prefix}/\`))`;
}

/** Comparable between files: exact hosts before wildcards, then longer paths before shorter ones. */
function priorityOf({ host, path }: RouteDomain): number {
  return (host.startsWith('*') ? 10_000 : 20_000) + Math.min(trimmed(path).length, 9_999);
}
