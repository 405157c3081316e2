import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BatchRequest, parseBatch } from '../../packages/core/src/docker/api-batch.ts';
import { askEngine } from '../../packages/core/src/docker/ask.ts';
import { engineOn } from '../../packages/core/src/docker/client.ts';
import { statusOf } from '../../packages/core/src/docker/failure.ts';
import { connect } from '../../packages/core/src/transport/connect.ts';
import type { Target } from '../../packages/core/src/transport/target.ts';
import type { Host } from '../lab/host.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { startRelay } from '../lab/relay.ts';

const report = { note: () => undefined, warn: () => undefined };
const image = 'busybox:1.37.0';

/** What a streaming request of the engine prints, line by line; ends the request when no more are asked for. */
async function* linesOf(stream: NodeJS.ReadableStream): AsyncGenerator<string> {
  stream.setEncoding('utf8');
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

/** One frame of a log (Engine API, "Stream format": stream, three zero bytes, length). */
function frame(stream: number, text: string): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, Buffer.byteLength(text)]);
  return Buffer.concat([header, Buffer.from(text)]);
}

describe('the Docker Engine of a server', () => {
  let lab: Lab;
  let host: Host;
  let bare: Host;
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
    const [docker, other, registry] = await Promise.all([
      lab.host('web1', { docker: true }),
      lab.host('web2'),
      lab.registry(),
    ]);
    host = docker;
    bare = other;
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

  it('costs root one turn a request: the first connection to the socket is opened with that to the server', async () => {
    await using relay = await startRelay({ host: host.address, port: host.port, delay: 10 });
    await using server = await connect(on(host, { host: '127.0.0.1', port: relay.port }), { report });
    const engine = engineOn(server);
    const turns = async () => {
      relay.reset();
      await engine.call('Asking', (docker) => docker.ping());
      return relay.counts().turns;
    };
    expect([await turns(), await turns(), await turns()]).toEqual([1, 1, 1]);
    engine.close();
  });

  it.each([
    [22, 'over its socket', 1],
    [2222, 'through the docker program, as sshd refuses to forward sockets', 0],
  ])('pulls, runs, logs and tells of events (port %i: %s)', async (port, _way, programMissing) => {
    await using server = await connect(on(host, { port }), { report });
    const engine = engineOn(server);
    const pulling = await engine.call('Pulling', (docker) => docker.createImage({}, { fromImage: image }), {
      timeout: 0,
    });
    const pulled: string[] = [];
    for await (const line of linesOf(pulling)) pulled.push(JSON.parse(line).status);
    expect(pulled.at(-1)).toMatch(new RegExp(`^Status: .* for ${image}$`));
    expect((await engine.call('Inspecting', (docker) => docker.getImage(image).inspect())).RepoTags).toContain(image);
    expect((await host.exec("pgrep -fx 'docker system dial-stdio'", { check: false })).code).toBe(programMissing);

    const name = `engine-${port}`;
    const events = await engine.call('Watching', (docker) =>
      docker.getEvents({ filters: JSON.stringify({ type: ['container'], container: [name] }) }),
    );
    const seen: string[] = [];
    const watching = (async () => {
      for await (const line of linesOf(events)) {
        const { Action, Actor } = JSON.parse(line);
        seen.push(`${Action} ${Actor.Attributes.exitCode ?? ''}`.trim());
        if (Action === 'die') break;
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

    const inspect = () => engine.call('Inspecting', (docker) => docker.getContainer(name).inspect());
    expect((await inspect()).State.ExitCode).toBe(3);
    const log = (streams: { stdout?: true; stderr?: true }) => engine.call('Reading', () => created.logs(streams));
    expect(await log({ stdout: true })).toEqual(Buffer.concat([frame(1, 'one\n'), frame(1, 'three €\n')]));
    expect(await log({ stderr: true })).toEqual(frame(2, 'two\n'));
    await engine.call('Removing', () => created.remove());
    const error: unknown = await inspect().catch((cause: unknown) => cause);
    expect(error).toMatchObject({
      code: 'DOCKER_FAILED',
      message: `Inspecting on web1 was refused by the engine: No such container: ${name}`,
    });
    expect(statusOf(error)).toBe(404);
    engine.close();
  });

  const questions = ['/version', '/info', '/containers/none/json', '/_ping'].map((path) => ({ path }));
  const asking = { purpose: 'Asking' };
  /** Puts a program in front of `docker` that leaves a trace of being called. */
  const watchProgram = () =>
    host.exec(`rm -f /tmp/docker-ran
printf '#!/bin/sh\\n: >/tmp/docker-ran\\nexec /usr/bin/docker "$@"\\n' >/usr/local/bin/docker
chmod 755 /usr/local/bin/docker`);
  const programRan = async () => (await host.exec('test -e /tmp/docker-ran', { check: false })).code === 0;
  const statuses = (text: string) => parseBatch(text).map(({ status }) => status);

  it('answers a batch of questions in one turn, and starts no process on the server for it', async () => {
    await using relay = await startRelay({ host: host.address, port: host.port, delay: 10 });
    await using server = await connect(on(host, { host: '127.0.0.1', port: relay.port }), { report });
    await watchProgram();
    const ask = async () => {
      relay.reset();
      const { text, errors } = await askEngine(server, questions, asking);
      expect([statuses(text), errors]).toEqual([[200, 200, 404, 200], '']);
      return relay.counts().turns;
    };
    expect([await ask(), await ask()]).toEqual([1, 1]);
    const answers = await Promise.all(Array.from({ length: 12 }, () => askEngine(server, questions, asking)));
    expect(answers.map(({ text }) => statuses(text))).toEqual(Array(12).fill([200, 200, 404, 200]));
    expect(await programRan()).toBe(false);
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    for (let times = 0; times < 20; times += 1) await ask();
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('is not asked again for what an earlier answer tells, unless it is wanted anew', async () => {
    await using relay = await startRelay({ host: host.address, port: host.port });
    await using server = await connect(on(host, { host: '127.0.0.1', port: relay.port }), { report });
    const info = { path: '/info', earlier: true };
    const ask = async (...requests: BatchRequest[]) => {
      relay.reset();
      const answers = await askEngine(server, requests, asking);
      const told = parseBatch(answers.text).map(({ status, body }) => [
        status,
        Object.hasOwn(Object(body), 'ServerVersion'),
      ]);
      return { told, turns: relay.counts().turns };
    };
    const missing = { path: '/containers/none/json' };
    expect(await ask(info)).toEqual({ told: [[200, true]], turns: 1 });
    expect(await ask(info)).toEqual({ told: [[200, true]], turns: 0 });
    expect(await ask(missing, info, missing)).toEqual({
      told: [
        [404, false],
        [200, true],
        [404, false],
      ],
      turns: 1,
    });
    expect(await ask({ path: '/info' })).toEqual({ told: [[200, true]], turns: 1 });
    expect(await ask({ ...info, earlier: false })).toEqual({ told: [[200, true]], turns: 1 });
    // A bad answer is none to keep.
    const twice = [await ask({ ...missing, earlier: true }), await ask({ ...missing, earlier: true })];
    expect(twice.map(({ turns }) => turns)).toEqual([1, 1]);
  });

  it('answers the same through the docker program where sshd refuses to forward sockets', async () => {
    await using server = await connect(on(host, { port: 2222 }), { report });
    await watchProgram();
    const { text } = await askEngine(server, questions, asking);
    expect(statuses(text)).toEqual([200, 200, 404, 200]);
    expect(await programRan()).toBe(true);
    expect(parseBatch(text)[2]?.body).toEqual({ message: 'No such container: none' });
  });

  it('is asked over a new connection when the one before has broken', async () => {
    await using relay = await startRelay({ host: host.address, port: host.port });
    await using server = await connect(on(host, { host: '127.0.0.1', port: relay.port }), { report });
    const ask = async () => statuses((await askEngine(server, questions, asking)).text);
    expect(await ask()).toEqual([200, 200, 404, 200]);
    relay.cut();
    expect(await ask()).toEqual([200, 200, 404, 200]);
    relay.cut();
    await sleep(300);
    expect(await ask()).toEqual([200, 200, 404, 200]);
    expect(relay.counts().connections).toBe(3);
  });

  it('is asked anew after it was restarted, and its absence told in its own words', async () => {
    await using server = await connect(on(host), { report });
    const ask = () => askEngine(server, questions, asking);
    expect(statuses((await ask()).text)).toHaveLength(4);
    await host.exec('service docker stop');
    expect(await ask()).toMatchObject({ text: '', errors: expect.stringMatching(/Cannot connect|docker.sock/) });
    await host.exec('service docker start');
    for (let tries = 0; tries < 20; tries++) {
      if ((await host.exec('docker version', { check: false })).code === 0) break;
      await sleep(500);
    }
    expect(statuses((await ask()).text)).toHaveLength(4);
    await using other = await connect(on(bare), { report });
    expect(await askEngine(other, questions, asking)).toMatchObject({
      text: '',
      errors: expect.stringContaining('docker: not found'),
    });
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
