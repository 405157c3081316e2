import { describe, expect, it } from 'vitest';
import { keptSentences, planTeardown } from '../../../../packages/core/src/service/teardown/plan.ts';
import type { Remains, ServiceRemains } from '../../../../packages/core/src/service/teardown/remains.ts';
import type { Server } from '../../../../packages/core/src/transport/server.ts';

const none: Omit<ServiceRemains, 'service' | 'resource'> = {
  ...{ containers: [], tasks: 0, swarmServices: [], swarmSecrets: [] },
  ...{ deployments: 0, secretFiles: 0, images: 0, hasRoute: false, drain: undefined, stopGracePeriod: undefined },
};
const service = (name: string, found: Partial<ServiceRemains> = {}): [string, ServiceRemains] => [
  name,
  { ...none, service: name, resource: `shop-staging-${name}`, ...found },
];
const on = (name: string, services: [string, ServiceRemains][], more: Partial<Remains> = {}): Remains => ({
  ...{ server: { name } as Server, isManager: false, proxy: 'caddy', volumes: [], network: 'shop-staging' },
  ...more,
  services: new Map(services),
});
const order = ['db', 'api', 'web'];

describe('planTeardown', () => {
  const web = service('web', {
    containers: ['shop-staging-web-blue-1'],
    deployments: 3,
    secretFiles: 1,
    hasRoute: true,
  });
  const volumes = [
    { name: 'shop-staging-data', usedBy: ['web'] },
    { name: 'shop-staging-shared', usedBy: ['web', 'api'] },
    { name: 'shop-staging-old', usedBy: [] },
  ];

  it('says each thing that goes with a service, and that its history goes', () => {
    const plan = planTeardown([on('node-1', [web, service('api')], { volumes })], {
      services: ['web'],
      order,
      volumes: false,
    });
    expect(plan.services).toEqual(['web']);
    expect(plan.network).toBe(false);
    expect(plan.changes).toEqual([
      'node-1: web: its route at the proxy',
      'node-1: web: container shop-staging-web-blue-1',
      'node-1: web: 1 secret file',
      'node-1: web: its history (3 deployments), so that nothing can be rolled back to',
    ]);
    expect(keptSentences(plan)).toEqual([
      'node-1: volume shop-staging-data kept. To remove it with all data: add --volumes, or on node-1: docker volume rm shop-staging-data',
    ]);
  });

  it('takes only the volumes that no other service has, and all of an environment', () => {
    const remains = [on('node-1', [web, service('api', { tasks: 1 })], { volumes })];
    const one = planTeardown(remains, { services: ['web'], order, volumes: true });
    expect(one.volumes.get('node-1')).toEqual(['shop-staging-data']);
    expect(one.changes.at(-1)).toBe('node-1: volume shop-staging-data, with all data in it');
    const all = planTeardown(remains, { order, volumes: true });
    expect(all.volumes.get('node-1')).toEqual(volumes.map(({ name }) => name));
    expect(keptSentences(all)).toEqual([]);
  });

  it('goes against the order of deployment, with what drayage.yml does not have any more before', () => {
    const remains = [on('node-1', [service('db'), web]), on('node-2', [service('former'), service('api')])];
    const plan = planTeardown(remains, { order, volumes: false });
    expect(plan.services).toEqual(['former', 'web', 'api', 'db']);
    expect(plan.network).toBe(true);
    expect(plan.changes).toContain('node-2: network shop-staging');
  });

  it('has something to do for the last file of a service, and nothing where there is none', () => {
    const left = planTeardown([on('node-1', [service('web')])], { services: ['web'], order, volumes: false });
    expect(left.changes).toEqual(['node-1: web: what is left of shop-staging-web in the state folder']);
    const bare = on('node-1', [], { network: undefined });
    expect(planTeardown([bare], { order, volumes: true }).changes).toEqual([]);
  });
});
