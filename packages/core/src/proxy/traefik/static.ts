import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { inContainer } from '../container.ts';
import { type AcmeSettings, letsEncrypt } from '../route.ts';

/** One resolver for each directory and account; its name says which, so that projects with the same settings share it. */
export function resolverName(acme: AcmeSettings = { directory: letsEncrypt }): string {
  const key = JSON.stringify([acme.directory, acme.email ?? '', acme.authority ?? '']);
  return `acme-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
}

/**
 * Traefik's static configuration (https://doc.traefik.io/traefik/reference/install-configuration/). Routes come from files
 * only: it needs no Docker socket, so neither an engine upgrade nor a stopped engine API takes a domain away.
 */
export function traefikStatic(resolvers: readonly AcmeSettings[]): string {
  const unique = new Map(resolvers.map((acme) => [resolverName(acme), acme]));
  const timeouts = { respondingTimeouts: { readTimeout: '600s', idleTimeout: '180s' } };
  return stringify(
    {
      global: { checkNewVersion: false, sendAnonymousUsage: false },
      log: { level: 'INFO', format: 'json' },
      entryPoints: {
        web: { address: ':80', transport: timeouts },
        websecure: { address: ':443', http3: {}, transport: timeouts },
      },
      providers: { file: { directory: inContainer.dynamic, watch: true } },
      ...(unique.size === 0
        ? {}
        : {
            certificatesResolvers: Object.fromEntries([...unique].map(([name, acme]) => [name, resolver(name, acme)])),
          }),
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
}

function resolver(name: string, acme: AcmeSettings) {
  return {
    acme: {
      caServer: acme.directory,
      ...(acme.email === undefined ? {} : { email: acme.email }),
      ...(acme.authority === undefined ? {} : { caCertificates: [`${inContainer.authorities}/${acme.authority}`] }),
      storage: `${inContainer.data}/${name}.json`,
      httpChallenge: { entryPoint: 'web' },
    },
  };
}
