import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { CliResult } from '../../demo/drayage.ts';
import { startRelay } from '../../lab/relay.ts';
import { startWired } from './cable.ts';
import { untilAlone } from './interruption.ts';
import { startWorld, type World } from './world.ts';

describe.concurrent('a cable that is pulled', () => {
  it('from one of two nodes in the moment of the commit: both end with the same version', async () => {
    await using pair = await startPair('moment-commit');
    const { code, output } = await pair.cutAtCommit('two', 3_000);
    const images = await pair.images();
    expect(images[0], output).toBe(images[1]);
    expect(code, output).toBe(0);
  });

  it('from one of two nodes at the commit, for longer than it waits: is told which node has which, and a second run mends it', async () => {
    await using pair = await startPair('moment-split');
    const before = await pair.images();
    const { code, output } = await pair.cutAtCommit('two', 40_000);
    expect(output).toContain('\nDEPLOY_SPLIT · ');
    expect(output).toContain(
      'The new version serves on node, but not on second, which kept or took back the one before',
    );
    expect(code, output).toBe(1);
    await pair.reachable();
    const [node, second] = await pair.images();
    expect(node).not.toBe(before[0]);
    expect(second).toBe(before[1]);

    const again = await pair.world.run(['up']);
    expect(again.code, again.output).toBe(0);
    await sleep(4_000);
    expect(await pair.images()).toEqual([node, node]);
  });

  it('while the proxy is being configured: the run goes on', async () => {
    await using wired = await startWired('moment-domain');
    const { world } = wired;
    await untilAlone(world);
    const configuration = wired.configuration('one');
    configuration.services.web?.domains?.push({
      host: 'other.example.com',
      port: 3000,
      https: false,
      certificate: 'none',
    });
    world.write(configuration);
    // The script waits for this lock, for up to a minute.
    const holder = world.node.exec('exec 9>/var/lib/drayage/proxy/lock; flock 9; sleep 6');
    await sleep(500);
    const run = world.start(['configure-domain']);
    await run.seen(/add http:\/\/other/);
    await sleep(1_500);
    wired.pull(2_000);
    const { code, output } = await run.finished;
    await holder;
    expect(code, output).toBe(0);
  });
});

interface Pair extends AsyncDisposable {
  readonly world: World;
  /** Deploys a version, and cuts the second node off while the word to commit is on its way to it. */
  cutAtCommit(version: string, milliseconds: number): Promise<CliResult>;
  /** Resolves when the second node can be reached again. */
  reachable(): Promise<void>;
  /** What runs on both nodes, once the version before has drained. */
  images(): Promise<readonly string[]>;
}

/** Two nodes that run the same service, the second one behind a relay. */
async function startPair(name: string): Promise<Pair> {
  const world = await startWorld(name);
  const second = await world.lab.host('second', { docker: true });
  const relay = await startRelay({ host: second.address, port: second.port });
  const versioned = (version: string) => {
    const configuration = world.configuration();
    const { host, port } = relay;
    configuration.servers.second = { ...configuration.servers.node, host, port, 'host-key': second.hostKey };
    const { web } = configuration.services;
    if (web?.build) web.build.args = { VERSION: version };
    if (web) web.deploy.servers = ['node', 'second'];
    return configuration;
  };
  world.write(versioned('one'));
  const first = await world.run(['up']);
  expect(first.code, first.output).toBe(0);
  await sleep(4_000);
  let reachableAt = 0;
  return {
    world,
    cutAtCommit: async (version, milliseconds) => {
      world.write(versioned(version));
      const run = world.start(['up']);
      await run.seen(/second: .*-1 started/);
      relay.setDelay(1_000);
      await run.seen(/second: switched/);
      // `committed` follows by 0.1 to 0.3 s; our word then needs a second to arrive, and is lost on its way.
      await sleep(700);
      relay.cut(milliseconds);
      reachableAt = Date.now() + milliseconds;
      relay.setDelay(0);
      const result = await run.finished;
      await sleep(4_000);
      return result;
    },
    reachable: () => sleep(Math.max(0, reachableAt - Date.now())),
    images: () =>
      Promise.all(
        [world.node, second].map(
          async (host) => (await host.exec('docker ps --no-trunc --format "{{.Image}}" | grep acme/web')).stdout,
        ),
      ),
    [Symbol.asyncDispose]: async () => {
      await relay[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}
