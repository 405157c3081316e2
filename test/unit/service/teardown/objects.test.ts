import { describe, expect, it } from 'vitest';
import { ownerLabels } from '../../../../packages/core/src/config/names.ts';
import { engineObjects } from '../../../../packages/core/src/service/teardown/objects.ts';
import { requireOwn } from '../../../../packages/core/src/service/teardown/remains.ts';

const answer = (body: unknown) => ({ status: 200, headers: new Map<string, string>(), body });
const shop = { project: 'shop', environment: 'staging' };

describe('engineObjects', () => {
  const container = (name: string, labels: Record<string, string>, mounts: object[] = []) => ({
    ...{ Names: [`/${name}`], Labels: labels, Mounts: mounts },
  });

  it('tells apart what is of this environment of this project, also where names are the same', () => {
    const answers = [
      answer({ Swarm: { ControlAvailable: true } }),
      answer([
        container('a', ownerLabels({ ...shop, service: 'web' }), [{ Type: 'volume', Name: 'shop-staging-data' }]),
        container('b', ownerLabels({ ...shop, organization: 'acme', service: 'web' })),
        container('c', ownerLabels({ ...shop, environment: 'staging-2', service: 'web' })),
        container('d', { ...ownerLabels({ ...shop, service: 'web' }), 'com.docker.swarm.task.id': 'x' }),
        container('e', { 'dev.drayage.project': 'shop' }),
      ]),
      answer([{ Name: 'shop-staging', Labels: ownerLabels(shop) }]),
      answer({ Volumes: null }),
      answer([{ Spec: { Name: 'shop-staging-web', Labels: ownerLabels({ ...shop, service: 'web' }) } }]),
      answer([]),
    ];
    const { isManager, all } = engineObjects(answers, 'node-1', '');
    expect(isManager).toBe(true);
    const own = all.filter((object) => object.isOf(shop)).map(({ kind, name }) => `${kind} ${name}`);
    expect(own).toEqual(['container a', 'task d', 'network shop-staging', 'service shop-staging-web']);
    expect(all.find(({ name }) => name === 'a')?.volumes).toEqual(['shop-staging-data']);
  });

  it('refuses a name that another environment has come to by its hyphens', () => {
    const other = ownerLabels({ ...shop, environment: 'staging-eu', service: 'web' });
    const list = [container('shop-staging-eu-web-blue-1', other)];
    const { all } = engineObjects([answer({ Swarm: { ControlAvailable: false } }), answer(list)], 'node-1', '');
    expect(() => requireOwn('node-1', shop, all, ['shop-staging-web'])).not.toThrow();
    expect(() => requireOwn('node-1', shop, all, ['shop-staging-eu-web'])).toThrow(
      /^node-1: shop-staging-eu-web-blue-1 has a name .* belongs to the service web of project shop, environment staging-eu; nothing was removed\.$/,
    );
  });

  it('goes on without what only managers know, and not without an answer', () => {
    const refused = {
      status: 503,
      headers: new Map<string, string>(),
      body: { message: 'This node is not a manager' },
    };
    const worker = [
      answer({ Swarm: { ControlAvailable: false } }),
      answer([]),
      answer([]),
      answer({}),
      refused,
      refused,
    ];
    expect(engineObjects(worker, 'node-1', '').all).toEqual([]);
    expect(() => engineObjects([], 'node-1', 'permission denied\n')).toThrow(
      'The Docker engine on node-1 did not answer: permission denied.',
    );
  });
});
