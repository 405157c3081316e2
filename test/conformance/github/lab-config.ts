import { parseDocument } from 'yaml';
import type { Acme } from '../../lab/acme.ts';
import type { Host } from '../../lab/host.ts';
import type { Registry } from '../../lab/registry.ts';

/** What stands in a drayage.yml about the outside world, as it is in the lab. */
export interface Outside {
  readonly hosts: Readonly<Record<string, Host>>;
  readonly acme: Acme;
  readonly registry?: Registry;
}

/** The drayage.yml of an example with the servers, the registry and the certificate authority of the lab, and nothing else changed. */
export function forLab(text: string, { hosts, acme, registry }: Outside): string {
  const document = parseDocument(registry === undefined ? text : text.replaceAll('ghcr.io', registry.host));
  for (const [name, host] of Object.entries(hosts)) {
    const own = { host: host.address, user: host.user, 'host-key': host.hostKey, 'docker-source': 'distribution' };
    for (const [key, value] of Object.entries(own)) document.setIn(['servers', name, key], value);
  }
  if (registry !== undefined) {
    document.setIn(['registries', registry.host, 'username'], registry.username);
    document.setIn(['registries', registry.host, 'ca'], registry.ca);
  }
  document.setIn(['proxy', 'acme'], { directory: acme.directory, ca: acme.caCertificate });
  // Swarm's virtual addresses need IP_VS, which the kernel under a lab may lack.
  if (document.getIn(['services', 'web', 'deploy', 'mode']) === 'swarm') {
    document.setIn(['services', 'web', 'deploy', 'endpoint-mode'], 'dnsrr');
  }
  return document.toString({ lineWidth: 0 });
}
