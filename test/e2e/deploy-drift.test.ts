import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deployService } from '../../packages/core/src/service/deploy.ts';
import { setupServers } from '../../packages/core/src/setup/setup.ts';
import type { Host } from '../lab/host.ts';
import { type DeployWorld, startDeployWorld, until, webService } from './deploy-world.ts';

let world: DeployWorld;
let node: Host;

const name = 'shop-production-web';
// The lab's kernel has no IP_VS, so services are found by their tasks' addresses.
const web = webService('1', {
  mode: 'swarm',
  servers: ['node-1'],
  replicas: 3,
  'endpoint-mode': 'dnsrr',
  // No record has its value, and yet it has to be known again.
  env: { TOKEN: '${{ secrets.TOKEN }}' },
});
const secrets = { TOKEN: ' a=b # "c" $HOME\n' };

beforeAll(async () => {
  world = await startDeployWorld('deploy-drift', ['node-1']);
  const [host] = world.hosts;
  if (host === undefined) throw new Error('The lab has no host.');
  node = host;
  await using run = world.newRun();
  await setupServers(run.context, {
    project: await world.project(web, { secrets }),
    role: 'deploy',
    mode: 'auto',
    swarm: true,
  });
});
afterAll(() => world[Symbol.asyncDispose]());

async function deploy(dryRun = false) {
  await using run = world.newRun();
  const project = await world.project(web, { secrets });
  const result = await deployService(run.context, { image: 'node:24', project, service: 'web', dryRun });
  return { ...result, lines: run.lines };
}

const specification = async () => {
  const { stdout } = await node.exec(`docker service inspect ${name}`);
  const [{ Spec: spec }] = JSON.parse(stdout);
  const { Image: image, Env: env } = spec.TaskTemplate.ContainerSpec;
  return { replicas: spec.Mode.Replicated.Replicas, image, env };
};
const running = async () =>
  (await node.exec(`docker service ls --filter name=${name} --format '{{.Replicas}}'`)).stdout.trim();
/** What `docker service` waits for with its own patience, a test waits for with less. */
const settled = (replicas: string) => until(running, (count) => count === replicas, 30_000);

describe('a Swarm service that somebody changed by hand', () => {
  test('is put right, and the plan says what differs', async () => {
    const first = await deploy();
    expect(first.status).toBe('done');
    const asDeployed = await specification();
    expect(asDeployed).toMatchObject({ replicas: 3, image: first.pinnedImage });
    expect((await deploy()).status).toBe('unchanged');

    await node.exec(`docker service scale --detach ${name}=1`);
    await settled('1/1');
    const planned = await deploy(true);
    expect(planned.status).toBe('planned');
    expect(planned.lines.join('\n')).toContain('~ replicas: 1 → 3');
    expect(await running()).toBe('1/1');
    expect((await deploy()).status).toBe('done');
    await settled('3/3');
    expect(await specification()).toEqual(asDeployed);
    expect((await deploy()).status).toBe('unchanged');
  });

  test('gets its image and its variables back', async () => {
    const asDeployed = await specification();
    await node.exec(`docker service update --quiet --no-resolve-image --image node:24 ${name}`);
    expect(await specification()).toMatchObject({ image: 'node:24' });
    const image = await deploy();
    expect(image.status).toBe('done');
    expect(image.lines.join('\n')).toContain(`~ image: node:24 → ${image.pinnedImage}`);
    expect(await specification()).toEqual(asDeployed);

    await node.exec(
      `docker service update --quiet --env-add VERSION=2 --env-add TOKEN=lost --env-add KEY=hidden ${name}`,
    );
    const variables = await deploy();
    expect(variables.status).toBe('done');
    expect(variables.lines.join('\n')).toContain('~ env.VERSION: "set by hand" → "1"');
    expect(variables.lines.join('\n')).toContain('- env.KEY: "set by hand"');
    expect(variables.lines.join('\n')).toMatch(/~ env\.TOKEN: secret [0-9a-f]{12} → secret [0-9a-f]{12}/);
    expect(variables.lines.join('\n')).not.toMatch(/hidden|lost/);
    expect(await specification()).toEqual(asDeployed);
    expect((await deploy()).status).toBe('unchanged');
  });
});
