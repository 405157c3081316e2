import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from './deploy-world.ts';
import {
  addDockerUser,
  answer,
  type DirectWorld,
  imageOf,
  remains,
  startDirectWorld,
  versionIn,
  type Wired,
} from './direct-world.ts';

let world: DirectWorld;

beforeAll(async () => {
  world = await startDirectWorld('direct');
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const megabyte = 1_000_000;
/** Bytes that went to a node over its cable since the last count. */
const sentTo = ({ cable }: Wired): number => {
  const { sent } = cable.counts();
  cable.reset();
  return sent;
};
const random = (count: number, file: string): string => `RUN head -c ${count} /dev/urandom >/${file}`;
const nodes = (): readonly [Wired, Wired] => [world.first, world.second];
const layers = { base: random(20 * megabyte, 'base') };

describe('a service without a registry', { timeout: 240_000 }, () => {
  test('goes to several nodes at once, without the layers they have, by one digest on both image stores', async () => {
    // The first node has the base image, as Docker Hub's stand-in gives it: compressed, and so under other digests.
    await world.first.host.exec('docker pull --quiet busybox:1.37.0');
    world.application('one', layers.base);
    for (const node of nodes()) sentTo(node);
    const { output } = await world.run('up');
    expect(output).toContain('Send web from builder to node-1, node-2');
    const [first, second] = nodes().map(sentTo);
    expect(first).toBeGreaterThan(20 * megabyte);
    expect(first).toBeLessThan(21 * megabyte);
    expect(second).toBeGreaterThan(24 * megabyte);
    expect(second).toBeLessThan(26 * megabyte);

    const [image, same] = await Promise.all(nodes().map(imageOf));
    expect(image).toMatch(/^127\.0\.0\.1:2\d{4}\/shop-production-web@sha256:[0-9a-f]{64}$/);
    expect(same).toBe(image);
    expect(await Promise.all(nodes().map(answer))).toEqual(['one', 'one']);
    // The digest is that of what the build server has: its engine exports the same manifest.
    const exported = await world.builder.host.exec(
      `docker save $(docker images --quiet shop-production-web | head -n 1) | tar -xOf - index.json`,
    );
    expect(exported.stdout).toContain(image?.split('@')[1]);
    expect(await Promise.all([world.builder, ...nodes()].map(remains))).toEqual(['', '', '']);
  });

  test('moves nothing the second time, and says so', async () => {
    for (const node of nodes()) sentTo(node);
    const { output } = await world.run('up');
    expect(output).toMatch(/nothing to send: node-1, node-2 have 127\.0\.0\.1:/);
    expect(output).toMatch(/runs as wanted; nothing to do/);
    for (const node of nodes()) expect(sentTo(node)).toBeLessThan(0.2 * megabyte);
  });

  test('sends only the changed layer, in jobs of their own for build and deployment', async () => {
    world.application('two', layers.base);
    const plan = await world.run('plan');
    expect(plan.output).toContain('what node-1, node-2 lacks of the image would travel there from builder over SSH');
    await world.run('build-remote');
    for (const node of nodes()) sentTo(node);
    const dry = await world.run('deploy-service', '--dry-run');
    expect(dry.output).toContain('would travel over SSH from builder to node-1, node-2');
    for (const node of nodes()) expect(sentTo(node)).toBeLessThan(0.1 * megabyte);
    await world.run('deploy-service');
    for (const node of nodes()) expect(sentTo(node)).toBeLessThan(0.3 * megabyte);
    expect(await Promise.all(nodes().map(answer))).toEqual(['two', 'two']);

    const push = await world.start('push-image').finished;
    expect(push.code).toBe(64);
    expect(push.output).toContain('deploy-service sends the image to the nodes over SSH');
  });

  test('goes back to the image before, of which the nodes have all', async () => {
    for (const node of nodes()) sentTo(node);
    await world.run('rollback');
    expect(await Promise.all(nodes().map(answer))).toEqual(['one', 'one']);
    for (const node of nodes()) expect(sentTo(node)).toBeLessThan(0.2 * megabyte);
  });

  test('is exported first where the account may not read the store of the engine, under the same digest', async () => {
    const before = await imageOf(world.first);
    await addDockerUser(world.builder, 'plain');
    world.application('one', layers.base);
    world.configure({}, { builder: { user: 'plain' } });
    const same = await world.run('up');
    expect(same.output).toContain('the image is exported first');
    expect(same.output).toMatch(/nothing to send/);
    world.application('three', layers.base);
    const { output } = await world.run('up');
    expect(output).toContain('the image is exported first');
    world.configure();
    expect(await imageOf(world.first)).not.toBe(before);
    expect(await Promise.all(nodes().map(answer))).toEqual(['three', 'three']);
    expect(await Promise.all([world.builder, ...nodes()].map(remains))).toEqual(['', '', '']);
  });

  test('is refused on a server that forwards no ports, in a sentence, and nothing has changed', async () => {
    const { host } = world.second;
    const forwarding = (value: string) =>
      host.exec(`sed -i '/^AllowTcpForwarding/d' /etc/ssh/sshd_config && sed -i '1i AllowTcpForwarding ${value}' /etc/ssh/sshd_config
kill -HUP $(cat /run/sshd.pid)`);
    await forwarding('no');
    try {
      world.application('four', layers.base);
      const { code, output } = await world.start('up').finished;
      expect(code).toBe(1);
      expect(output).toContain('SSH_FORWARDING_REFUSED');
      expect(output).toMatch(/node-2 .* does not listen on its port/);
    } finally {
      await forwarding('yes');
    }
    expect(await Promise.all(nodes().map(answer))).toEqual(['three', 'three']);
  });
});

describe('a build server with the containerd image store', { timeout: 240_000 }, () => {
  test('sends what it built as it lies there, compressed layers and all, by the digest it has there', async () => {
    const { host, cable } = world.second;
    const servers = { builder: { host: cable.host, port: cable.port, 'host-key': host.hostKey } };
    world.configure({ servers: ['node-1'] }, servers);
    world.application('stored', layers.base);
    const { output } = await world.run('up');
    world.configure();
    expect(output).not.toContain('exported first');
    expect(await answer(world.first)).toBe('stored');
    const built = await host.exec(`docker images --no-trunc --format '{{.ID}}' shop-production-web:latest`);
    expect(await imageOf(world.first)).toMatch(
      new RegExp(`^127\\.0\\.0\\.1:\\d+/shop-production-web@${built.stdout.trim()}$`),
    );
    // One that is known by its manifest has compressed layers, which busybox's is too.
    const { stdout: manifest } = await host.exec(
      `cat /var/lib/docker/containerd/daemon/io.containerd.content.v1.content/blobs/sha256/${built.stdout.trim().slice(7)}`,
    );
    expect(manifest).toMatch(/tar[+.]gzip/);
    expect(await Promise.all(nodes().map(remains))).toEqual(['', '']);
  });
});

describe('a large layer', { timeout: 240_000 }, () => {
  const size = 100 * megabyte;

  test('goes on where it stopped, when cables are pulled on its way', async () => {
    world.application('large', random(size, 'large'));
    for (const node of nodes()) sentTo(node);
    const run = world.start('up');
    const ended = run.finished.then(({ output }) => {
      throw new Error(`It ended too early:\n${output}`);
    });
    ended.catch(() => undefined);
    const travelled = (part: number) => {
      const far = async () => Math.min(...nodes().map(({ cable }) => cable.counts().sent));
      return Promise.race([until(far, (sent) => sent > part * size, 120_000), ended]);
    };
    await travelled(0.15);
    // The node's own network: everything stands still, nothing is closed.
    await world.first.host.cable('down');
    await sleep(3_000);
    await world.first.host.cable('up');
    await travelled(0.4);
    // The client loses its connections, and the servers do not notice.
    for (const { cable } of nodes()) cable.orphan();
    await travelled(0.6);
    // All connections are reset, and new ones refused for a while.
    for (const { cable } of [world.builder, ...nodes()]) cable.cut(2_000);
    const { code, output } = await run.finished;
    expect(code, output).toBe(0);
    expect(output).toMatch(/continued where it stopped/);
    expect(await Promise.all(nodes().map(answer))).toEqual(['large', 'large']);
    // What was on its way when a connection broke travels again; from the start it would be another 40 and 60 MB. That is so
    // with both image stores, though containerd's throws away what a pull that failed has brought.
    for (const sent of nodes().map(sentTo)) {
      expect(sent).toBeGreaterThan(size);
      expect(sent).toBeLessThan(1.3 * size);
    }
    expect(await Promise.all([world.builder, ...nodes()].map(remains))).toEqual(['', '', '']);
  });

  test('leaves nothing behind when its run is cancelled', async () => {
    world.application('cancelled', `${random(size, 'large')} # again`);
    const run = world.start('up');
    await run.seen(/node-1.* of .* sent/);
    run.child.kill('SIGINT');
    const { code } = await run.finished;
    expect(code).toBe(130);
    const left = await until(
      () => Promise.all([world.builder, ...nodes()].map(remains)),
      (lists) => lists.every((text) => text === ''),
    );
    expect(left).toEqual(['', '', '']);
    expect(await Promise.all(nodes().map(answer))).toEqual(['large', 'large']);
  });
});

describe('a run that is killed on the way', { timeout: 240_000 }, () => {
  let killedAt = 0;

  test('hinders nobody: the old version serves, and the next run brings the image', async () => {
    world.application('killed', `${random(100 * megabyte, 'large')} # killed`);
    const run = world.start('up');
    await run.seen(/node-1.* of .* sent/);
    run.child.kill('SIGKILL');
    killedAt = Date.now();
    await run.finished;
    expect(await Promise.all(nodes().map(answer))).toEqual(['large', 'large']);
    await world.run('up');
    expect(await Promise.all(nodes().map(answer))).toEqual(['killed', 'killed']);
  });

  test('has left nothing that runs when its leases have ended', async () => {
    // The folder of a job stays, with its log, for whoever may come back for it.
    const running = async () => {
      const lists = await Promise.all([world.builder, ...nodes()].map(remains));
      return lists
        .flatMap((text) => text.split('\n'))
        .filter((line) => line !== '' && !line.includes('/jobs/receive-'));
    };
    const left = await until(running, (lines) => lines.length === 0, killedAt + 80_000 - Date.now());
    expect(left).toEqual([]);
  });
});

describe('three layers at once', { timeout: 240_000 }, () => {
  test('all go on, however often the cables are pulled', async () => {
    const whole = 99 * megabyte;
    const three = [1, 2, 3].map((number) => random(33 * megabyte, `part-${number}`));
    world.configure({ servers: ['node-1'] });
    world.application('several', three.join('\n'));
    const { cable } = world.first;
    sentTo(world.first);
    // A job whose run was killed keeps its last words for an hour.
    const before = await Promise.all([world.builder, world.first].map(remains));
    const run = world.start('up');
    const ended = run.finished.then(({ output }) => {
      throw new Error(`It ended too early:\n${output}`);
    });
    ended.catch(() => undefined);
    const travelled = (part: number) =>
      Promise.race([
        until(
          async () => cable.counts().sent,
          (sent) => sent > part * whole,
          120_000,
        ),
        ended,
      ]);
    // More readings are given up than the build server has sessions for.
    for (const part of [0.2, 0.4, 0.6]) {
      await travelled(part);
      cable.cut(200);
    }
    await travelled(0.75);
    // Three layers that cannot be read at once are no image that was removed.
    world.builder.cable.cut(1_000);
    const { code, output } = await run.finished;
    world.configure();
    expect(code, output).toBe(0);
    expect(output).toMatch(/continued where it stopped/);
    expect(await answer(world.first)).toBe('several');
    // Begun anew each time they would be 2.9 times as much; what was on its way travels again, of three layers at once.
    expect(sentTo(world.first)).toBeLessThan(2.2 * whole);
    expect(await Promise.all([world.builder, world.first].map(remains))).toEqual(before);
  });
});

describe('a Swarm without a registry', { timeout: 240_000 }, () => {
  // The lab's busybox has no wget that a health check could use.
  const health = { command: 'test -e /www/healthz', interval: '500ms', retries: 20 };
  const onSwarm = { mode: 'swarm', replicas: 2, 'endpoint-mode': 'dnsrr', health };

  test('has the image under the same digest on each node that may run the service', async () => {
    const { first, second } = world;
    const clear = `docker ps --all --quiet | xargs -r docker rm --force >/dev/null; docker network prune --force >/dev/null
rm -rf /var/lib/drayage/deployments`;
    await Promise.all(nodes().map(({ host }) => host.exec(clear)));
    await first.host.exec(`docker swarm init --advertise-addr ${first.host.address} >/dev/null`);
    const { stdout } = await first.host.exec('docker swarm join-token --quiet worker');
    await second.host.exec(`docker swarm join --token ${stdout.trim()} ${first.host.address}:2377`);
    world.application('swarm', layers.base);

    world.configure({ ...onSwarm, servers: ['node-1'] });
    const refused = await world.start('up').finished;
    expect(refused.code).toBe(64);
    expect(refused.output).toContain('DEPLOY_IMPOSSIBLE');
    expect(refused.output).toMatch(/Swarm may start web on node-2, where its image cannot be brought/);

    world.configure(onSwarm);
    await world.run('up');
    expect(await Promise.all(nodes().map(versionIn))).toEqual(['swarm', 'swarm']);
    const [image, same] = await Promise.all(nodes().map(imageOf));
    expect(image).toMatch(/^127\.0\.0\.1:2\d{4}\/shop-production-web@sha256:/);
    expect(same).toBe(image);
  });
});
