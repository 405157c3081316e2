import type { DomainSpec, Project, ServiceSpec } from '../../../packages/core/src/config/model.ts';
import type { ProxyState } from '../../../packages/core/src/domain/facts.ts';
import { caddyConfig } from '../../../packages/core/src/proxy/caddy/config.ts';
import type { Route } from '../../../packages/core/src/proxy/route.ts';

export const secret = (value: string) => ({
  secret: true as const,
  reveal: () => value,
  toString: () => '***',
  toJSON: () => '***',
});

export function exampleDomainSpec(changes: Partial<DomainSpec> = {}): DomainSpec {
  return {
    host: 'shop.example.com',
    path: '/',
    port: 3000,
    https: true,
    certificate: { kind: 'letsencrypt' },
    ...changes,
  };
}

export function exampleService(domains: readonly DomainSpec[]): ServiceSpec {
  const limits = {
    order: 'start-first',
    parallelism: 1,
    delay: 0,
    monitor: 5000,
    failure: 'rollback',
    maxFailureRatio: 0,
  } as const;
  return {
    name: 'web',
    source: { kind: 'image', image: 'nginx' },
    tags: [],
    domains,
    deploy: {
      mode: 'standalone',
      servers: ['node-1'],
      kind: 'replicated',
      replicas: 1,
      env: {},
      secrets: {},
      resources: {},
      ports: [],
      mounts: [],
      restart: { condition: 'any' },
      update: limits,
      rollback: limits,
      placement: { constraints: [], preferences: [] },
      networks: [],
      labels: {},
      endpointMode: 'vip',
      ulimits: {},
      drain: 0,
      stopGracePeriod: 0,
      timeout: 0,
      keep: 10,
    },
  };
}

export function exampleProject(service: ServiceSpec, servers: readonly string[] = ['node-1']): Project {
  return {
    name: 'shop',
    environment: 'production',
    servers: {},
    registries: {},
    services: [service],
    proxy: {
      type: 'caddy',
      servers,
      email: 'ops@example.com',
      acme: { directory: 'https://acme.example/dir', challenge: 'http-01' },
    },
  };
}

/** A node whose proxy serves these routes. */
export function exampleState(routes: readonly Route[] = [], changes: Partial<ProxyState> = {}): ProxyState {
  return {
    state: 'abc',
    routes,
    config: `${JSON.stringify(caddyConfig(routes), null, 2)}\n`,
    dynamic: '',
    certificates: new Set(),
    authorities: new Set(),
    kind: 'caddy',
    running: true,
    networks: new Set(['0--drayage-proxy', 'shop-production']),
    network: { labels: {} },
    inSwarm: false,
    now: 1000,
    ...changes,
  };
}
