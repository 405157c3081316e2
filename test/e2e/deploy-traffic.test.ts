import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configureDomains } from '../../packages/core/src/domain/configure.ts';
import { deployService } from '../../packages/core/src/service/deploy.ts';
import { setupServers } from '../../packages/core/src/setup/setup.ts';
import type { Host } from '../lab/host.ts';
import { startLoad } from '../load/load.ts';
import { type DeployWorld, startDeployWorld, webService } from './deploy-world.ts';

let world: DeployWorld;
let node: Host;
const proxy = { proxy: { type: 'caddy', servers: ['node-1'] } };
const domainsOf = (host: string) => ({ domains: [{ host, port: 3000, https: false, certificate: 'none' }] });

beforeAll(async () => {
  world = await startDeployWorld('deploy-traffic', ['node-1', 'node-2']);
  const [first] = world.hosts;
  if (first === undefined) throw new Error('The lab has no host.');
  node = first;
  await using run = world.newRun();
  const project = await world.project(webService('1', {}, domainsOf('setup.test')), { project: proxy });
  await setupServers(run.context, { project, role: 'deploy', mode: 'auto', swarm: true });
});
afterAll(() => world[Symbol.asyncDispose]());

const kinds: Record<string, object> = {
  standalone: {},
  swarm: { mode: 'swarm', servers: ['node-1', 'node-2'], replicas: 2, 'endpoint-mode': 'dnsrr' },
};

describe.each(Object.entries(kinds))('behind the proxy, %s', (environment, mode) => {
  async function deploy(version: string, env: object = {}) {
    await using run = world.newRun();
    const project = await world.project(
      webService(version, { ...mode, drain: '4s', env }, domainsOf(`${environment}.test`)),
      {
        project: proxy,
        environment,
      },
    );
    await deployService(run.context, { project, service: 'web', image: 'node:24' });
    const [service] = project.services;
    if (service !== undefined) await configureDomains(run.context, { project, service });
  }

  test('no request fails while versions change, or while one that is broken is taken back', async () => {
    await deploy('1');
    await using load = startLoad({
      url: `http://${environment}.test/`,
      addresses: [node.address],
      rate: 100,
      slow: { path: '/slow', rate: 2 },
    });
    await sleep(1_000);
    await deploy('2');
    await sleep(6_000);
    await expect(deploy('3', { BROKEN: '1' })).rejects.toMatchObject({ code: 'DEPLOY_UNHEALTHY' });
    await deploy('4');
    await sleep(6_000);
    const result = await load.stop();
    expect(result.failures).toEqual({});
    expect(result.sent).toBeGreaterThan(1_000);
    expect(Object.keys(result.versions)).toEqual(['1', '2', '4']);
  });
});
