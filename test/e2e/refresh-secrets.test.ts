import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deployService } from '../../packages/core/src/service/deploy.ts';
import { redeployService, rollbackService } from '../../packages/core/src/service/rollback.ts';
import { setupServers } from '../../packages/core/src/setup/setup.ts';
import type { Host } from '../lab/host.ts';
import { type DeployWorld, startDeployWorld, until, webService } from './deploy-world.ts';

let world: DeployWorld;
let node: Host;

beforeAll(async () => {
  world = await startDeployWorld('refresh-secrets', ['node-1']);
  const [host] = world.hosts;
  if (host === undefined) throw new Error('The lab has no host.');
  node = host;
  await using run = world.newRun();
  const project = await world.project(webService('1'));
  await setupServers(run.context, { project, role: 'deploy', mode: 'auto', swarm: true });
});
afterAll(() => world[Symbol.asyncDispose]());

const reference = '${{ secrets.DB }}';
const service = (mode: string, version: string, size: number) =>
  webService(version, {
    mode,
    // The lab's kernel has no IP_VS.
    ...(mode === 'swarm' ? { 'endpoint-mode': 'dnsrr' } : {}),
    env: { DB: reference },
    secrets: { DB: reference },
    mounts: [
      { type: 'file', target: '/etc/app.conf', content: `password=${reference}` },
      { type: 'file', target: '/etc/plain.conf', content: `size=${size}` },
    ],
  });

describe.each(['standalone', 'swarm'])('secrets that are changed in drayage.yml (%s)', (mode) => {
  const project = (password: string, version: string, size = 1) =>
    world.project(service(mode, version, size), { environment: mode, secrets: { DB: password } });

  async function deploy(password: string, version: string): Promise<void> {
    await using run = world.newRun();
    await deployService(run.context, { image: 'node:24', project: await project(password, version), service: 'web' });
  }

  /** The variable, the secret's file and both mounted files, in the only container. */
  async function contents(): Promise<string[]> {
    const list = `docker ps --quiet --filter label=dev.drayage.environment=${mode}`;
    const found = await until(
      async () => (await node.exec(list)).stdout.trim().split('\n'),
      (ids) => ids.length === 1 && ids[0] !== '',
    );
    const read =
      'echo "$VERSION $DB"; for file in /run/secrets/DB /etc/app.conf /etc/plain.conf; do cat $file; echo; done';
    const { stdout } = await node.exec(`docker exec ${found[0]} sh -c '${read}'`);
    return stdout.trim().split('\n');
  }

  test('stay as they were in what is deployed again', async () => {
    await deploy('first', '1');
    expect(await contents()).toEqual(['1 first', 'first', 'password=first', 'size=1']);
    await using run = world.newRun();
    await redeployService(run.context, { project: await project('second', '1'), service: 'web' });
    expect(await contents()).toEqual(['1 first', 'first', 'password=first', 'size=1']);
  });

  test('are taken where that is asked for, in mounted files, too; and settings are not', async () => {
    await using run = world.newRun();
    const today = await project('second', '2', 2);
    await redeployService(run.context, { project: today, service: 'web', refreshSecrets: true });
    expect(await contents()).toEqual(['1 second', 'second', 'password=second', 'size=1']);
  });

  test('are taken by a rollback, too', async () => {
    await deploy('third', '2');
    expect(await contents()).toEqual(['2 third', 'third', 'password=third', 'size=1']);
    await using run = world.newRun();
    await rollbackService(run.context, { project: await project('fourth', '2'), service: 'web', refreshSecrets: true });
    expect(await contents()).toEqual(['1 fourth', 'fourth', 'password=fourth', 'size=1']);
  });
});
