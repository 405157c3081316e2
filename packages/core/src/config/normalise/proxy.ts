import type { ProxySpec, ServiceSpec } from '../model.ts';
import type { ParsedProxy } from '../schema/project.ts';
import type { Reading } from './reading.ts';

/** https://letsencrypt.org/docs/acme-protocol-updates/ and https://letsencrypt.org/docs/staging-environment/ */
const directories: Readonly<Record<string, string>> = {
  letsencrypt: 'https://acme-v02.api.letsencrypt.org/directory',
  'letsencrypt-staging': 'https://acme-staging-v02.api.letsencrypt.org/directory',
};

/** Without `servers` the proxy runs where services with domains run. */
export async function proxySpec(
  proxy: ParsedProxy,
  services: readonly ServiceSpec[],
  reading: Reading,
): Promise<ProxySpec> {
  const { type, servers, email, acme } = proxy;
  const reached = services.filter((service) => service.domains.length > 0).flatMap((service) => service.deploy.servers);
  return {
    type,
    servers: servers ?? [...new Set(reached)],
    email,
    acme: {
      directory: directories[acme.directory] ?? acme.directory,
      ca: acme.ca === undefined ? undefined : await reading.pem(['proxy', 'acme', 'ca'], acme.ca),
      challenge: 'http-01',
    },
  };
}
