import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Registry } from '../../lab/registry.ts';
import type { ActRun } from './act.ts';
import { commandsOf, groupsOf, outputsOf, secondsOf, wholeLog } from './act-log.ts';
import { exampleFile } from './checkout.ts';
import { forLab } from './lab-config.ts';
import { leaks } from './leaks.ts';
import { missing, startWorld, type World } from './world.ts';
import { unzip } from './zip.ts';

const absent = await missing();
if (absent !== undefined) console.log(`Left out: ${absent}.`);

describe.skipIf(absent !== undefined)('the swarm workflow under act', () => {
  let world: World<'builder' | 'node-1' | 'node-2'>;
  let registry: Registry;
  let secrets: Record<string, string>;
  let workflow: string;

  beforeAll(async () => {
    world = await startWorld('act-swarm', ['builder', 'node-1', 'node-2'], 'node-1');
    registry = await world.lab.registry({ tls: true });
    secrets = { SSH_KEY: world.hosts.builder.privateKey, GHCR_TOKEN: registry.password };
    workflow = world.checkout.use('swarm');
    world.checkout.write('drayage.yml', forLab(exampleFile('swarm', 'drayage.yml'), { ...world, registry }));
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  /** The state files of a run's artifacts, by the artifact's name. */
  const states = ({ artifacts }: ActRun): [string, string][] =>
    globSync('*/*.zip', { cwd: artifacts })
      .sort()
      .map((file) => [file.split('/')[0] ?? '', unzip(readFileSync(join(artifacts, file))).get('state.json') ?? '']);

  it('goes from bare servers to a site, job by job', async () => {
    const version = world.checkout.commit('Open the shop');
    const run = await world.run({ workflow, secrets });
    expect(run.code, run.output).toBe(0);
    expect(await world.answer()).toBe(`version ${version}`);
    expect(states(run).map(([name]) => name)).toEqual([
      'drayage-deploy-service-service-1',
      'drayage-push-image-service-1',
    ]);
    expect(groupsOf(run.entries)).toEqual([]);
    console.log(secondsOf(run.entries, /./));
    expect(leaks(wholeLog(run.entries), secrets)).toEqual([]);
    expect(outputsOf(run.entries)).toMatchObject({ url: 'https://shop.example.com/' });
  });
});
