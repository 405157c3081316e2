import type { DomainSpec, Project } from '../config/model.ts';
import { asciiHost } from '../proxy/route.ts';
import type { Question } from './ask.ts';

/** A domain as the proxies know it: its host in ASCII. */
export const plainDomain = (domain: DomainSpec) => ({
  ...domain,
  host: asciiHost(domain.host),
  certificate: { kind: 'none' as const },
});

/** What a domain is asked at one server, to see that it answers. */
export function questionOn({ proxy, servers }: Project, server: string, domain: DomainSpec): Question {
  const { host, path, https } = plainDomain(domain);
  const ca = proxy?.acme.ca;
  const address = servers[server]?.host;
  return {
    host,
    path,
    https,
    authorities: ca === undefined ? [] : [ca],
    address: address === 'local' ? undefined : address,
  };
}
