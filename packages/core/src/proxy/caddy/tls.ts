import { inContainer } from '../container.ts';
import { type AcmeSettings, letsEncrypt } from '../route.ts';
import type { Entry } from './config.ts';

/** Which certificates Caddy obtains, from whom, and which it is given as files. */
export function tlsApp(secure: readonly Entry[]) {
  const obtained = new Map<string, AcmeSettings>();
  const given = new Set<string>();
  for (const { route, domain } of secure) {
    if (domain.certificate.kind === 'custom') given.add(domain.certificate.name);
    if (domain.certificate.kind !== 'letsencrypt' || obtained.has(domain.host)) continue;
    obtained.set(domain.host, route.acme ?? { directory: letsEncrypt });
  }
  const files = [...given].sort().map((name) => ({
    certificate: `${inContainer.certificates}/${name}.crt`,
    key: `${inContainer.certificates}/${name}.key`,
  }));
  return {
    certificates: {
      ...(obtained.size === 0 ? {} : { automate: [...obtained.keys()].sort() }),
      ...(files.length === 0 ? {} : { load_files: files }),
    },
    automation: { policies: policies(obtained) },
  };
}

/** One policy for each set of ACME settings, with the hosts it is for. */
function policies(obtained: ReadonlyMap<string, AcmeSettings>) {
  const groups = new Map<string, { acme: AcmeSettings; subjects: string[] }>();
  for (const [host, acme] of obtained) {
    const key = JSON.stringify([acme.directory, acme.email, acme.authority]);
    const group = groups.get(key) ?? { acme, subjects: [] };
    group.subjects.push(host);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ acme, subjects }) => ({ subjects: subjects.sort(), issuers: [issuer(acme)] }));
}

function issuer(acme: AcmeSettings) {
  return {
    module: 'acme',
    ca: acme.directory,
    ...(acme.email === undefined ? {} : { email: acme.email }),
    ...(acme.authority === undefined
      ? {}
      : { trusted_roots_pem_files: [`${inContainer.authorities}/${acme.authority}`] }),
    challenges: { 'tls-alpn': { disabled: true } },
  };
}
