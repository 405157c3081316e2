import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pickService } from '../../packages/core/src/config/pick.ts';
import { deployService } from '../../packages/core/src/service/deploy.ts';
import { type Sighting, sight } from '../../packages/core/src/service/sighting.ts';
import { acquireAll } from '../../packages/core/src/transport/lease.ts';
import type { Host } from '../lab/host.ts';
import { answers, containers, type DeployWorld, startDeployWorld, until, webService } from './deploy-world.ts';

let world: DeployWorld;
let node: Host;
let image: string;

const fresh = { platform: 'linux/amd64', user: '' };

async function deploy(version: string, sighting?: Sighting) {
  await using run = world.newRun();
  const project = await world.project(webService(version));
  const result = await deployService(run.context, { project, service: 'web', image, fresh, sighting });
  return { ...result, output: run.lines.join('\n') };
}

async function look(): Promise<Sighting | undefined> {
  await using run = world.newRun();
  const project = await world.project(webService('any'));
  return await sight(run.context, project, pickService(project, 'web'));
}

/** What is seen now; the connection it was seen over has to live until it is used. */
async function seen(): Promise<Sighting> {
  const run = world.newRun();
  runs.push(run);
  const project = await world.project(webService('any'));
  const sighting = await sight(run.context, project, pickService(project, 'web'));
  if (sighting === undefined) throw new Error('The lock is held.');
  return sighting;
}

const runs: AsyncDisposable[] = [];

const settled = () =>
  until(
    () => containers(node),
    (list) => list.length === 1,
  );

beforeAll(async () => {
  world = await startDeployWorld('ahead', ['node-1']);
  const [first] = world.hosts;
  if (first === undefined) throw new Error('The lab has no host.');
  node = first;
  await using run = world.newRun();
  const project = await world.project(webService('1'));
  image = (await deployService(run.context, { project, service: 'web', image: 'node:24' })).pinnedImage;
});
afterAll(async () => {
  for (const run of runs) await run[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

describe('a node that was looked at ahead of the deployment', () => {
  test('is not looked at again: the job takes the lock itself, and frees it', async () => {
    await settled();
    const { status, output } = await deploy('2', await seen());
    expect(status).toBe('done');
    expect(output).not.toContain('look at');
    expect(await answers(node)).toContain('2');
    await settled();
    expect(await answers(node)).toEqual(['2']);
    expect(await look()).toBeDefined();
  });

  test('is looked at again where another run has deployed since', async () => {
    const sighting = await seen();
    await deploy('3');
    await settled();
    const { status, output } = await deploy('4', sighting);
    expect(status).toBe('done');
    expect(output).toContain('web: another run has deployed meanwhile; looking again.');
    await settled();
    expect(await answers(node)).toEqual(['4']);
    expect(await containers(node)).toHaveLength(1);
  });

  test('is looked at again where it was seen too long ago', async () => {
    const sighting = await seen();
    const { output } = await deploy('5', { ...sighting, at: sighting.at - 31_000 });
    expect(output).toContain('web: look at node-1');
    await settled();
    expect(await answers(node)).toEqual(['5']);
  });

  test('does not count while another run has its lock', async () => {
    await using run = world.newRun();
    await using _lease = await acquireAll(
      [await run.context.connect('node-1')],
      'shop-production-web',
      run.context.run,
    );
    expect(await look()).toBeUndefined();
  });
});
