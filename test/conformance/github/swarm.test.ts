import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentNode, runCli } from '../../demo/drayage.ts';
import type { Registry } from '../../lab/registry.ts';
import type { ActRun } from './act.ts';
import { commandsOf, groupsOf, outputsOf, secondsOf, wholeLog } from './act-log.ts';
import { bareSeconds } from './bare-work.ts';
import { exampleFile } from './checkout.ts';
import { forLab } from './lab-config.ts';
import { leaks } from './leaks.ts';
import { missing, startWorld, type World } from './world.ts';
import { unzip } from './zip.ts';

const absent = await missing();
if (absent !== undefined) console.log(`Left out: ${absent}.`);

/** A build server, a registry and a Swarm of two: five composites in three jobs, one run after the other. */
describe.skipIf(absent !== undefined)('the workflow for a Swarm under act', () => {
  let world: World<'builder' | 'node-1' | 'node-2'>;
  let registry: Registry;
  let secrets: Record<string, string>;
  let workflow: string;
  let secondRun: { readonly steps: ReturnType<typeof secondsOf>; readonly startOfNode: number };

  beforeAll(async () => {
    world = await startWorld('act-swarm', ['builder', 'node-1', 'node-2'], 'node-1');
    registry = await world.lab.registry({ tls: true });
    secrets = { SSH_KEY: world.hosts.builder.privateKey, GHCR_TOKEN: registry.password };
    workflow = world.checkout.use('swarm');
    world.checkout.write('drayage.yml', forLab(exampleFile('swarm', 'drayage.yml'), { ...world, registry }));
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  /** The state files of a run's artifacts, by the artifact's name. */
  const states = ({ artifacts }: ActRun): Record<string, string> =>
    Object.fromEntries(
      globSync('*/*.zip', { cwd: artifacts }).map((file) => {
        const content = unzip(readFileSync(join(artifacts, file))).get('state.json');
        return [file.split('/')[0] ?? '', content ?? ''];
      }),
    );
  const nodes = () => [world.hosts['node-1'], world.hosts['node-2']];
  const running = async (): Promise<string[]> => {
    const list = "docker ps --no-trunc --filter label=dev.drayage.service=web --format '{{.Image}}'";
    const found = await Promise.all(nodes().map((node) => node.exec(list)));
    return found.map(({ stdout }) => stdout.trim());
  };

  it('goes from servers with Docker alone to a site, job by job', async () => {
    const version = world.checkout.commit('Open the shop');
    const run = await world.run({ workflow, secrets });
    expect(run.code, run.output).toBe(0);
    expect(await world.answer()).toBe(`version ${version}`);
    const { digest, 'source-commit': commit, url } = outputsOf(run.entries);
    expect(url).toBe('https://shop.example.com/');
    expect(commit?.slice(0, 7)).toBe(version);
    const image = `${registry.host}/acme/shop-web@${digest}`;
    expect(await running()).toEqual([expect.stringContaining(image), expect.stringContaining(image)]);
    // What one job made, another was told: by its output and by the artifact.
    const history = await runCli(['history', '--service', 'web', '--json'], {
      cwd: world.checkout.folder,
      env: { DRAYAGE_SSH_KEY: secrets.SSH_KEY ?? '', DRAYAGE_SECRET_GHCR_TOKEN: registry.password },
    });
    expect(history.stdout).toContain(`"Main at ${commit}"`);
    expect(Object.keys(states(run)).sort()).toEqual([
      'drayage-deploy-service-service-production-1',
      'drayage-push-image-service-production-1',
    ]);

    expect(groupsOf(run.entries).sort()).toEqual([
      'Build web on builder',
      'Configure the domains of web',
      'Form the Swarm',
      `Push web to ${registry.host}`,
      'Send the sources of web to builder',
      ...['builder', 'node-1', 'node-2'].map((name) => `Set up ${name}`),
      ...['builder', 'node-1', 'node-2'].map((name) => `Try ${name}`),
      'web: deploy',
      'web: look at node-1, node-2',
    ]);
    expect(commandsOf(run.entries, 'error')).toEqual([]);
    expect(leaks(wholeLog(run.entries), secrets)).toEqual([]);
  });

  it('hands state over though every host and user is a mask', async () => {
    world.checkout.edit('server.js', 'send(`version ${VERSION}\\n', 'send(`Welcome back to version ${VERSION}\\n');
    const version = world.checkout.commit('Greet people who return');
    const hosts = Object.values(world.hosts).map(({ address, name }): [string, string] => [`HOST_${name}`, address]);
    const outside = { HOST_REGISTRY: registry.host, SSH_USER: 'root', REGISTRY_USER: 'lab' };
    const masks = { ...secrets, ...Object.fromEntries(hosts), ...outside };
    const before = startOfNode();
    const run = await world.run({ workflow, secrets: masks, hidden: true });
    secondRun = { steps: secondsOf(run.entries), startOfNode: Math.max(before, startOfNode()) };
    expect(run.code, run.output).toBe(0);
    expect(await world.answer()).toBe(`Welcome back to version ${version}`);
    // GitHub drops an output of a job in which a masked value occurs, in plain or in base64; act hands it on all the same.
    // So the rule is tried here on everything that carries state.
    const carried = { output: outputsOf(run.entries).state ?? '', ...states(run) };
    expect(Object.keys(carried)).toHaveLength(3);
    for (const [name, content] of Object.entries(carried)) {
      const found = Object.values(masks).filter((mask) =>
        [mask, Buffer.from(mask).toString('base64')].some((form) => content.includes(form)),
      );
      expect(found, name).toEqual([]);
    }
    // What act was told to hide is asterisks in the lines of its log, as in GitHub's.
    const lines = run.entries.filter(({ command }) => command === undefined);
    expect(wholeLog(lines)).toContain('***');
    expect(leaks(wholeLog(lines), { registry: registry.host })).toEqual([]);
  });

  // A figure is read, not asserted: how long processes wait for a busy machine proves nothing. It should be below 3 s.
  it('tells what it adds to the work of the servers', async () => {
    const { builder, 'node-1': manager } = world.hosts;
    world.checkout.edit('server.js', 'Welcome back', 'Good day');
    const folder = world.checkout.folder;
    const image = `${registry.host}/acme/shop-web`;
    const bare = await bareSeconds({ builder, manager, registry, folder, image, service: 'shop-production-web' });
    expect(await world.answer()).toBe('Good day to version bare');
    const total = secondRun.steps.reduce((sum, [, seconds]) => sum + seconds, 0);
    const told = secondRun.steps.map(([action, seconds]) => `${action} ${seconds.toFixed(2)} s`).join(', ');
    const start = Math.max(secondRun.startOfNode, startOfNode());
    console.log(
      `${told}: ${total.toFixed(2)} s. The same work bare on the servers: ${bare.toFixed(2)} s, so ${(total - bare).toFixed(2)} s are Drayage's own. node -e 0: ${start.toFixed(0)} ms.`,
    );
  });
});

/** Milliseconds, the median of seven. */
function startOfNode(): number {
  const times = Array.from({ length: 7 }, () => {
    const startedAt = performance.now();
    execFileSync(environmentNode(), ['-e', '0']);
    return performance.now() - startedAt;
  });
  return times.sort((one, other) => one - other)[3] ?? 0;
}
