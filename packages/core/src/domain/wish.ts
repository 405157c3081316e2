import { createHash } from 'node:crypto';
import type { DomainSpec, Project, ServiceSpec } from '../config/model.ts';
import { networkName, ownerLabels, ownerOf, resourceName } from '../config/names.ts';
import { DrayageError, throwAll } from '../errors/drayage-error.ts';
import { asciiHost, type Route, type RouteDomain } from '../proxy/route.ts';
import { checkPair, type Pair } from './certificate.ts';

/** What the proxies are to know of a service, and the files that go with it. */
export interface Wish {
  readonly route: Route;
  /** Certificates by the name they are stored under. */
  readonly certificates: ReadonlyMap<string, Pair>;
  /** Name and PEM of the authority that signed the ACME directory's own certificate. */
  readonly authority: { readonly name: string; readonly pem: string } | undefined;
}

/** Throws DOMAIN_IMPOSSIBLE and CERTIFICATE_INVALID, all at once, before any server is asked. */
export function wishFor(project: Project, service: ServiceSpec, now: Date): Wish {
  const owner = ownerOf(project, service);
  const { proxy } = project;
  if (proxy === undefined) {
    throw new DrayageError(
      'DOMAIN_IMPOSSIBLE',
      `The service ${service.name} has domains, but drayage.yml has no proxy.`,
      {
        hint: 'Add it: proxy: { type: caddy, servers: [<name>], email: <address> }',
      },
    );
  }
  const faults = service.domains.flatMap((domain) => faultsOf(project, service, domain, now));
  throwAll(faults);
  const certificates = new Map<string, Pair>();
  const domains = service.domains.map((domain) => routeDomain(domain, certificates));
  const { directory, ca } = proxy.acme;
  const authority = ca === undefined ? undefined : { name: `${hashOf(ca)}.pem`, pem: `${ca.trim()}\n` };
  const acme = {
    directory,
    ...(proxy.email === undefined ? {} : { email: proxy.email }),
    ...(authority === undefined ? {} : { authority: authority.name }),
  };
  return {
    route: {
      version: 1,
      resource: resourceName(owner),
      network: networkName(owner),
      owner: ownerLabels(owner),
      ...(domains.some(({ certificate }) => certificate.kind === 'letsencrypt') ? { acme } : {}),
      domains,
    },
    certificates,
    authority: domains.some(({ certificate }) => certificate.kind === 'letsencrypt') ? authority : undefined,
  };
}

function faultsOf(project: Project, service: ServiceSpec, domain: DomainSpec, now: Date): DrayageError[] {
  const { host, https, certificate } = domain;
  const impossible = (why: string, hint: string) =>
    new DrayageError('DOMAIN_IMPOSSIBLE', `${host} (service ${service.name}): ${why}.`, { hint });
  const faults: DrayageError[] = [];
  if (asciiHost(host) === '')
    faults.push(impossible('this is not a host name', 'Write it without scheme, port and path.'));
  if (https && certificate.kind === 'none') {
    faults.push(
      impossible(
        '`https: true` and `certificate: none` exclude each other',
        'Set https: false where TLS ends before this server, else certificate: letsencrypt.',
      ),
    );
  }
  if (https && certificate.kind === 'letsencrypt') {
    if (host.startsWith('*.')) {
      faults.push(
        impossible(
          'a wildcard cannot be proven by HTTP-01, the only challenge so far',
          'Name the hosts one by one, or give certificate: { cert, key }.',
        ),
      );
    }
    const servers = project.proxy?.servers ?? [];
    if (servers.length > 1) {
      faults.push(
        impossible(
          `${servers.join(' and ')} would each ask for a certificate, and the answers to the challenges would meet the wrong one`,
          'Give certificate: { cert, key }, or keep one server in proxy.servers.',
        ),
      );
    }
  }
  if (https && certificate.kind === 'custom') {
    try {
      checkPair(asciiHost(host), { cert: certificate.cert, key: certificate.key.reveal() }, now);
    } catch (error) {
      if (!(error instanceof DrayageError)) throw error;
      faults.push(error);
    }
  }
  return faults;
}

function routeDomain(domain: DomainSpec, certificates: Map<string, Pair>): RouteDomain {
  const common = { host: asciiHost(domain.host), path: domain.path, port: domain.port, https: domain.https };
  const { certificate } = domain;
  if (!domain.https) return { ...common, certificate: { kind: 'none' } };
  if (certificate.kind !== 'custom') return { ...common, certificate: { kind: certificate.kind } };
  const name = hashOf(certificate.cert);
  certificates.set(name, { cert: `${certificate.cert.trim()}\n`, key: `${certificate.key.reveal().trim()}\n` });
  return { ...common, certificate: { kind: 'custom', name } };
}

const hashOf = (text: string): string => createHash('sha256').update(text.trim()).digest('hex').slice(0, 16);
