import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startRelay } from '../../lab/relay.ts';
import { startWired } from './cable.ts';
import { untilAlone } from './interruption.ts';
import { startWorld } from './world.ts';

describe.concurrent('a cable that is pulled', () => {
  it('from one of two nodes in the moment of the commit: both end with the same version', async () => {
    await using world = await startWorld('moment-commit');
    const second = await world.lab.host('second', { docker: true });
    await using relay = await startRelay({ host: second.address, port: second.port });
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
    world.write(versioned('two'));
    const run = world.start(['up']);
    await run.seen(/second: .*-1 started/);
    relay.setDelay(1_000);
    await run.seen(/second: switched/);
    // `committed` follows by 0.1 to 0.3 s; our word then needs a second to arrive, and is lost on its way.
    await sleep(700);
    relay.cut(3_000);
    relay.setDelay(0);
    const { code, output } = await run.finished;
    await sleep(4_000);
    const images = await Promise.all(
      [world.node, second].map(
        async (host) => (await host.exec('docker ps --no-trunc --format "{{.Image}}" | grep acme/web')).stdout,
      ),
    );
    expect(images[0], output).toBe(images[1]);
    expect(code, output).toBe(0);
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
