import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineOn } from '../../packages/core/src/docker/client.ts';
import { engineEvents, inspectContainer, lastLines } from '../../packages/core/src/docker/containers.ts';
import { inspectImage, pullImage } from '../../packages/core/src/docker/images.ts';
import { ensureNetwork, inspectNetwork } from '../../packages/core/src/docker/networks.ts';
import { connect } from '../../packages/core/src/transport/connect.ts';
import type { Target } from '../../packages/core/src/transport/target.ts';
import type { Host } from '../lab/host.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import type { Registry } from '../lab/registry.ts';
import { startRelay } from '../lab/relay.ts';

const report = { note: () => undefined, warn: () => undefined };
const image = 'busybox:1.37.0';

describe('the Docker Engine of a server', () => {
  let lab: Lab;
  let host: Host;
  let bare: Host;
  let registry: Registry;
  const on = (machine: Host, changes: Partial<Target> = {}): Target => ({
    name: machine.name,
    host: machine.address,
    port: machine.port,
    user: 'root',
    auth: { privateKey: machine.privateKey },
    hostKey: machine.hostKey,
    hostKeyPolicy: 'strict',
    ...changes,
  });

  beforeAll(async () => {
    lab = await startLab({ name: 'engine' });
    [host, bare, registry] = await Promise.all([lab.host('web1', { docker: true }), lab.host('web2'), lab.registry()]);
    await registry.put(`library/${image}`, image);
    await host.exec(
      '/usr/sbin/sshd -p 2222 -o UsePAM=no -o UseDNS=no -o PidFile=none -o AllowStreamLocalForwarding=no',
    );
  });
  afterAll(() => lab?.stop());

  it('is asked many things at once over one SSH connection', async () => {
    await using relay = await startRelay({ host: host.address, port: host.port });
    await using server = await connect(on(host, { host: '127.0.0.1', port: relay.port }), { report });
    const engine = engineOn(server);
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => engine.call('Asking', (docker) => docker.info())),
    );
    expect(new Set(answers.map(({ ID }) => ID)).size).toBe(1);
    expect(relay.counts().connections).toBe(1);
    engine.close();
  });

  it('costs two turns for the first request, and one for each that follows', async () => {
    await using relay = await startRelay({ host: host.address, port: host.port, delay: 10 });
    await using server = await connect(on(host, { host: '127.0.0.1', port: relay.port }), { report });
    const engine = engineOn(server);
    const turns = async () => {
      relay.reset();
      await engine.call('Asking', (docker) => docker.ping());
      return relay.counts().turns;
    };
    expect([await turns(), await turns(), await turns()]).toEqual([2, 1, 1]);
    engine.close();
  });

  it.each([22, 2222])(
    'pulls, runs, logs and tells of events (port %i; 2222 refuses to forward sockets)',
    async (port) => {
      await using server = await connect(on(host, { port }), { report });
      const engine = engineOn(server);
      await pullImage(engine, image);
      expect((await inspectImage(engine, image))?.RepoTags).toContain(image);
      const name = `engine-${port}`;
      const stop = new AbortController();
      const seen: string[] = [];
      const events = engineEvents(engine, { type: ['container'], container: [name] }, stop.signal);
      const watching = (async () => {
        for await (const event of events) {
          seen.push(`${event.action} ${event.attributes.exitCode ?? ''}`.trim());
          if (event.action === 'die') stop.abort();
        }
      })();
      const created = await engine.call('Creating', (docker) =>
        docker.createContainer({
          name,
          Image: image,
          Cmd: ['sh', '-c', 'echo one; echo two >&2; echo "three €"; exit 3'],
        }),
      );
      await engine.call('Starting', () => created.start());
      await watching;
      expect(seen).toEqual(expect.arrayContaining(['create', 'start', 'die 3']));
      expect((await inspectContainer(engine, name))?.State.ExitCode).toBe(3);
      expect((await lastLines(engine, name, 3)).sort()).toEqual(['one', 'three €', 'two']);
      await engine.call('Removing', () => created.remove());
      expect(await inspectContainer(engine, name)).toBeUndefined();
      engine.close();
    },
  );

  it('makes a network once', async () => {
    await using server = await connect(on(host), { report });
    const engine = engineOn(server);
    const made = await Promise.all(
      [1, 2, 3].map(() => ensureNetwork(engine, { Name: 'engine-net', Labels: { a: 'b' } })),
    );
    expect(made.filter(Boolean).length).toBe(1);
    expect((await inspectNetwork(engine, 'engine-net'))?.Labels).toEqual({ a: 'b' });
    engine.close();
  });

  it('pulls with a password, and says what is wrong without', async () => {
    await using server = await connect(on(host), { report });
    const engine = engineOn(server);
    const reference = `${registry.host}/${image}`;
    const login = { username: registry.username, password: registry.password, registry: registry.host };
    await expect(pullImage(engine, reference)).rejects.toMatchObject({ code: 'REGISTRY_DENIED' });
    await expect(pullImage(engine, reference, { login: { ...login, password: 'wrong' } })).rejects.toMatchObject({
      code: 'REGISTRY_DENIED',
    });
    await expect(pullImage(engine, `${registry.host}/busybox:none`, { login })).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
    });
    await expect(pullImage(engine, '10.255.255.1:5000/app:1')).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
    await pullImage(engine, reference, { login });
    expect((await inspectImage(engine, reference))?.RepoTags).toContain(reference);
    engine.close();
  });

  it('that is stopped, or not installed, is told apart', async () => {
    await using server = await connect(on(host), { report });
    const engine = engineOn(server);
    await engine.call('Asking', (docker) => docker.ping());
    await host.exec('service docker stop');
    await expect(engine.call('Asking', (docker) => docker.ping())).rejects.toMatchObject({
      code: 'DOCKER_UNREACHABLE',
      message: expect.stringMatching(/^Asking on web1: the Docker Engine does not answer \(.*docker.sock/),
    });
    await host.exec('service docker start');
    for (let tries = 0; tries < 20; tries++) {
      if ((await host.exec('docker version', { check: false })).code === 0) break;
      await sleep(500);
    }
    await engine.call('Asking', (docker) => docker.ping());
    engine.close();
    await using other = await connect(on(bare), { report });
    await expect(engineOn(other).call('Asking', (docker) => docker.ping())).rejects.toMatchObject({
      code: 'DOCKER_MISSING',
      message: 'Asking on web2: Docker is not installed there.',
    });
  });
});
