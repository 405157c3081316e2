import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deployService } from '../../packages/core/src/service/deploy.ts';
import { deploymentHistory } from '../../packages/core/src/service/history.ts';
import type { Host } from '../lab/host.ts';
import { answers, containers, type DeployWorld, startDeployWorld, until, webService } from './deploy-world.ts';

let world: DeployWorld;
let hosts: readonly Host[];

beforeAll(async () => {
  world = await startDeployWorld('deploy-nodes', ['node-1', 'node-2']);
  hosts = world.hosts;
});
afterAll(() => world[Symbol.asyncDispose]());

const web = (version: string, deploy: { env?: object; [key: string]: unknown } = {}) =>
  webService(version, { servers: ['node-1', 'node-2'], ...deploy });

async function deploy(service: object, image = 'node:24') {
  await using run = world.newRun();
  const result = await deployService(run.context, { project: await world.project(service), service: 'web', image });
  return { ...result, lines: run.lines };
}

const onAll = async <T>(ask: (host: Host) => Promise<T>): Promise<T[]> => Promise.all(hosts.map((host) => ask(host)));
const settled = () =>
  until(
    () => onAll(containers),
    (lists) => lists.every((list) => list.length === 1),
  );

describe('a service on two nodes without Swarm', () => {
  test('is switched on both, or on none', async () => {
    const { deploymentId } = await deploy(web('1'));
    expect(await onAll(answers)).toEqual([['1'], ['1']]);
    await deploy(web('2'));
    await settled();
    expect(await onAll(answers)).toEqual([['2'], ['2']]);

    // The folder is on one node only: there the new container starts, on the other the engine refuses it.
    await hosts[0]?.exec('mkdir /srv/here');
    const mounts = [{ type: 'bind', source: '/srv/here', target: '/here' }];
    await expect(deploy(web('3', { mounts }))).rejects.toMatchObject({
      code: 'CONTAINER_REFUSED',
      message: expect.stringMatching(/^node-2: .*\/srv\/here.*The version before it serves on\.$/),
    });
    await settled();
    expect(await onAll(answers)).toEqual([['2'], ['2']]);

    await using run = world.newRun();
    const history = await deploymentHistory(run.context, { project: await world.project(web('2')), service: 'web' });
    expect(history.map(({ record, servers }) => [record.status, servers])).toEqual([
      ['error', ['node-1', 'node-2']],
      ['done', ['node-1', 'node-2']],
      ['done', ['node-1', 'node-2']],
    ]);
    expect(history[2]?.record.id).toBe(deploymentId);
  });

  test('changes only the node where something differs', async () => {
    const before = await onAll(containers);
    await hosts[1]?.exec('docker rm --force shop-production-web-green-1');
    const { lines } = await deploy(web('2'));
    expect(lines).toContain('node-1: runs as wanted; nothing to do');
    const after = await settled();
    expect(after[0]).toEqual(before[0]);
    expect(await onAll(answers)).toEqual([['2'], ['2']]);
  });

  test('is taken back everywhere when its run is cancelled between health and switch', async () => {
    await using run = world.newRun();
    // On the second node the new version is never ready, so the first waits with its own.
    await hosts[0]?.exec('mkdir -p /srv/ready && touch /srv/ready/yes');
    await hosts[1]?.exec('mkdir -p /srv/ready');
    const waits = web('4', {
      mounts: [{ type: 'bind', source: '/srv/ready', target: '/ready' }],
      health: { command: 'test -e /ready/yes', interval: '500ms', retries: 60 },
    });
    const work = deployService(run.context, { project: await world.project(waits), service: 'web', image: 'node:24' });
    const outcome = work.then(
      () => 'done',
      (error: { code?: string }) => error.code,
    );
    await until(async () => run.lines.some((line) => /node-1: .*is healthy/.test(line)), Boolean);
    run.cancel();
    expect(await outcome).toBe('CANCELLED');
    await settled();
    expect(await onAll(answers)).toEqual([['2'], ['2']]);
    expect((await deploy(web('5'))).status).toBe('done');
  });
});

describe('an image without a registry', () => {
  test('is deployed by its id on the node that has it, and refused on one that has not', async () => {
    const [node] = hosts;
    await node?.exec(`printf 'FROM node:24\\nENV BUILT=here\\n' | docker build --quiet --tag local/app:1 -`);
    const id = (await node?.exec(`docker image inspect --format '{{.Id}}' local/app:1`))?.stdout.trim() ?? '';
    const result = await deploy(webService('6', { servers: ['node-1'] }), id);
    expect(result.pinnedImage).toBe(id);
    await expect(deploy(webService('6', { servers: ['node-2'] }), id)).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      message: expect.stringContaining('node-2'),
    });
  });
});

describe('a health check', () => {
  test.each([
    ['by tcp', { tcp: 3000 }],
    [
      'by a command',
      { command: `node -e "fetch('http://127.0.0.1:3000/healthz').then(r => process.exit(r.ok ? 0 : 1))"` },
    ],
  ])('%s lets a healthy version through', async (_how, health) => {
    const one = webService('7', { servers: ['node-1'], health: { ...health, interval: '500ms', timeout: '3s' } });
    expect((await deploy(one)).status).toBe('done');
  });

  test('from a container, where the node has neither curl nor bash to do it', async () => {
    const [node] = hosts;
    const service = webService('8', { servers: ['node-1'] });
    await node?.exec(`sed -i 's#:/bin/bash$#:/bin/sh#' /etc/passwd && mv /usr/bin/bash /usr/bin/bash-away`);
    try {
      expect((await deploy(service)).status).toBe('done');
      const broken = webService('9', { servers: ['node-1'], env: { BROKEN: '1' } });
      await expect(deploy(broken)).rejects.toMatchObject({
        code: 'DEPLOY_UNHEALTHY',
        message: expect.stringContaining('answered 500: no database'),
      });
      const tcp = webService('10', { servers: ['node-1'], health: { tcp: 3000, interval: '500ms' } });
      expect((await deploy(tcp)).status).toBe('done');
    } finally {
      await node?.exec('mv /usr/bin/bash-away /usr/bin/bash');
    }
    await until(
      async () => (await node?.exec(`docker ps --all --filter name=prober --format '{{.Names}}'`))?.stdout,
      (text) => text === '',
    );
  });
});
