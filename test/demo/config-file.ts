import type { Host } from '../lab/host.ts';

export type Mode = 'standalone' | 'swarm';

type Machine = Pick<Host, 'address' | 'user' | 'hostKey'>;

/** What the demonstration's drayage.yml is about. */
export interface Setting {
  readonly mode: Mode;
  readonly builder: Machine;
  readonly nodes: readonly Machine[];
  readonly registry: { readonly host: string; readonly username: string; readonly caFile?: string };
  readonly acme: { readonly directory: string; readonly caFile: string };
  readonly repository: string;
  readonly domain: string;
}

/** The drayage.yml that a reader of the documentation would write for these servers. */
export function configFile({ mode, builder, nodes, registry, acme, repository, domain }: Setting): string {
  const server = (host: Machine, role: string): string =>
    `{ host: ${host.address}, user: ${host.user}, role: ${role}, host-key: "${host.hostKey}", docker-source: distribution }`;
  const names = nodes.map((_, index) => `node-${index + 1}`).join(', ');
  const trust = registry.caFile ? `ca: ${registry.caFile}` : 'insecure: true';
  const placed =
    mode === 'swarm'
      ? `mode: swarm
      servers: [${names}]
      replicas: ${nodes.length}
      endpoint-mode: dnsrr`
      : `mode: standalone
      servers: [${names}]`;
  return `project: shop
variables: { TZ: UTC }

servers:
  builder: ${server(builder, 'build')}
${nodes.map((node, index) => `  node-${index + 1}: ${server(node, 'deploy')}`).join('\n')}

registries:
  "${registry.host}": { username: ${registry.username}, password: "\${{ secrets.REGISTRY_PASSWORD }}", ${trust} }

proxy:
  type: caddy
  servers: [node-1]
  email: ops@example.com
  acme: { directory: "${acme.directory}", ca: ${acme.caFile} }

services:
  web:
    source: { git: "${repository}", ref: main, token: "\${{ secrets.GIT_TOKEN }}" }
    build:
      servers: [builder]
      args: { VERSION: "\${{ git.short }}" }
    image: ${registry.host}/acme/shop-web
    tags: [sha, latest]
    deploy:
      ${placed}
      env: { GREETING: 'Hello, "world"; it costs $5 #1' }
      health: { http: /healthz, port: 3000 }
      drain: 5s
    domains:
      - { host: ${domain}, port: 3000, https: true, certificate: letsencrypt }
`;
}
