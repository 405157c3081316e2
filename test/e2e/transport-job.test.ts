import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../packages/core/src/transport/connect.ts';
import type { Server } from '../../packages/core/src/transport/server.ts';
import { type Relay, startRelay } from '../lab/relay.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

const report = { note: () => undefined, warn: () => undefined };

/** Command lines that begin so and run now. */
async function running(words: string): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.replaceAll('\0', ' ').startsWith(words)).length;
}

async function eventually(what: () => Promise<boolean>, seconds: number): Promise<void> {
  for (const until = Date.now() + seconds * 1000; Date.now() < until; await sleep(100)) {
    if (await what()) return;
  }
  throw new Error(`it did not happen within ${seconds} s`);
}

describe('a job', () => {
  let sshd: Sshd;
  let relay: Relay;
  let server: Server;
  let folder: string;
  let id: string;

  beforeEach(async ({ task }) => {
    sshd = await startSshd();
    relay = await startRelay({ host: '127.0.0.1', port: sshd.port });
    server = await connect({ ...sshd.target, port: relay.port }, { report });
    folder = await mkdtemp(join(tmpdir(), 'drayage-job-'));
    id = `test-${task.id.replace(/[^a-z0-9]/g, '')}-${Date.now()}`;
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    await relay[Symbol.asyncDispose]();
    await sshd[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const jobFolder = () => join(server.account.runDir, 'jobs', id);
  const jobFolders = () => readdir(join(server.account.runDir, 'jobs'));

  it('gives its log, in order, and its exit status, and leaves nothing behind', async () => {
    const log: string[] = [];
    const result = await server.job({
      id,
      script: 'echo out; echo err >&2; cat secret; [ "$PWD" = "$DRAYAGE_JOB" ] && stat -c %a . secret; ls; exit 7',
      files: { secret: "it's\n€\n", 'big.bin': Buffer.alloc(400_000), 'zero.bin': Buffer.from([0, 1, 2]) },
      onOutput: (chunk) => log.push(chunk),
    });
    expect(log.join('')).toBe("out\nerr\nit's\n€\n700\n600\nbig.bin\nsecret\nzero.bin\n");
    expect(result).toEqual({ exitCode: 7, offset: Buffer.byteLength(log.join('')) });
    await eventually(async () => !(await jobFolders()).includes(id), 2);
  });

  it('shows neither script nor files in any command line', async () => {
    const job = server.job({ id, script: 'sleep 1 # hidden-in-script', files: { secret: 'hidden-in-file' } });
    await sleep(400);
    const lines = await server.script("cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
    await job;
    expect(lines.stdout).toContain('drayage-job');
    expect(lines.stdout).not.toContain('hidden-in');
  });

  it('runs once, however often and by whomever it is started', async () => {
    await using other = await connect(sshd.target, { report });
    const script = `echo ran >>${folder}/ran; echo one; sleep 1; echo two; exit 4`;
    const logs = ['', '', ''];
    const results = await Promise.all(
      [server, server, other].map((one, index) =>
        one.job({
          id,
          script,
          onOutput: (chunk) => {
            logs[index] += chunk;
          },
        }),
      ),
    );
    expect(await readFile(join(folder, 'ran'), 'utf8')).toBe('ran\n');
    expect(logs).toEqual(['one\ntwo\n', 'one\ntwo\n', 'one\ntwo\n']);
    expect(results.map(({ exitCode }) => exitCode)).toEqual([4, 4, 4]);
  });

  it('goes on while its connection is cut, and no byte of the log is lost or doubled', async () => {
    let log = '';
    const wanted = Array.from({ length: 400 }, (_, index) => `line ${index} €\n`).join('');
    const job = server.job({
      id,
      script: `echo ran >>${folder}/ran; i=0; while [ $i -lt 400 ]; do echo "line $i €"; i=$((i+1)); sleep 0.01; done`,
      onOutput: (chunk) => {
        log += chunk;
      },
    });
    for (const [index, refuseFor] of [0, 300, 1500].entries()) {
      await eventually(async () => relay.counts().connections > index, 10);
      await sleep(400);
      relay.cut(refuseFor);
    }
    expect((await job).exitCode).toBe(0);
    expect(log).toBe(wanted);
    expect(await readFile(join(folder, 'ran'), 'utf8')).toBe('ran\n');
    expect(relay.counts().connections).toBeGreaterThanOrEqual(4);
  });

  it('may end while nobody is connected', async () => {
    const job = server.job({ id, script: 'sleep 0.5; echo done; exit 3' });
    await sleep(200);
    relay.cut(1500);
    expect(await job).toEqual({ exitCode: 3, offset: 5 });
  });

  it('that vanished with its folder is lost, and is not started again', async () => {
    const job = server.job({ id, script: `echo ran >>${folder}/ran; sleep 30`, lease: 0 });
    job.catch(() => undefined);
    await eventually(async () => (await readFile(join(jobFolder(), 'pid'), 'utf8').catch(() => '')) !== '', 5);
    const [child = '', , supervisor = ''] = (await readFile(join(jobFolder(), 'pid'), 'utf8')).split(' ');
    await eventually(async () => (await readFile(join(folder, 'ran'), 'utf8').catch(() => '')) !== '', 5);
    // Out of the client's sight, so that it finds all of it gone at once.
    relay.cut(2000);
    for (const pid of [child, supervisor]) process.kill(Number(pid), 'SIGKILL');
    await rm(jobFolder(), { recursive: true });
    await expect(job).rejects.toMatchObject({
      code: 'JOB_LOST',
      message: expect.stringContaining('its folder on the server has vanished'),
    });
    expect(await readFile(join(folder, 'ran'), 'utf8')).toBe('ran\n');
  });

  it('whose supervisor was killed is noticed', async () => {
    const job = server.job({ id, script: 'sleep 7303', lease: 8 });
    job.catch(() => undefined);
    await eventually(async () => (await readFile(join(jobFolder(), 'pid'), 'utf8').catch(() => '')) !== '', 5);
    const [child = '', , supervisor = ''] = (await readFile(join(jobFolder(), 'pid'), 'utf8')).split(' ');
    process.kill(Number(supervisor), 'SIGKILL');
    await expect(job).rejects.toMatchObject({
      code: 'JOB_LOST',
      message: expect.stringContaining('its supervisor is gone'),
    });
    process.kill(Number(child), 'SIGKILL');
    await rm(jobFolder(), { recursive: true });
  });

  it('that takes too long is ended with all it started', async () => {
    const script = 'trap "" TERM; sleep 7304 & sleep 7304';
    await expect(server.job({ id, script, timeout: 1000 })).rejects.toMatchObject({
      code: 'JOB_TIMEOUT',
      message: `Job ${id} on web1 took longer than 1 s and was ended.`,
    });
    expect(await running('sleep 7304')).toBe(0);
  });

  it('is ended within five seconds when the run is cancelled, and nothing else is', async () => {
    await using other = await connect(sshd.target, { report });
    const bystander = other.job({ id: `${id}-bystander`, script: 'sleep 4; echo unharmed' });
    const stop = new AbortController();
    let log = '';
    const job = server.job({
      id,
      script: 'trap "echo asked to stop; exit 9" TERM; sleep 7305 & echo started; wait',
      files: { secret: 'x' },
      signal: stop.signal,
      onOutput: (chunk) => {
        log += chunk;
      },
    });
    job.catch(() => undefined);
    await eventually(async () => log !== '', 5);
    const begun = Date.now();
    stop.abort();
    await expect(job).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(Date.now() - begun).toBeLessThan(5000);
    expect(log).toBe('started\nasked to stop\n');
    expect(await running('sleep 7305')).toBe(0);
    expect((await bystander).exitCode).toBe(0);
  });

  it('that is cancelled while it is being started does not run on without its client', async () => {
    // The same server has two shells, and what is said in one of them may be done before what was said in the other.
    for (const [attempt, delay] of [0, 1, 2, 4, 8, 12, 16, 24, 32, 48].entries()) {
      const stop = new AbortController();
      const job = server.job({ id: `${id}-${attempt}`, script: 'exec sleep 7315', signal: stop.signal });
      setTimeout(() => stop.abort(), delay);
      await expect(job).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(await running('sleep 7315'), `cancelled after ${delay} ms`).toBe(0);
    }
    await sleep(500);
    expect(await running('sleep 7315')).toBe(0);
  });

  it('is ended also by a run that is cancelled the moment its connection stands again', async () => {
    const stop = new AbortController();
    const job = server.job({ id, script: 'exec sleep 7316', signal: stop.signal });
    job.catch(() => undefined);
    await eventually(async () => (await running('sleep 7316')) === 1, 5);
    relay.cut(300);
    await sleep(100);
    const isConnected = () =>
      server.script(':').then(
        () => true,
        () => false,
      );
    while (!(await isConnected())) await sleep(20);
    stop.abort();
    await expect(job).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await running('sleep 7316')).toBe(0);
  });

  it('that ignores TERM is killed when the run is cancelled', async () => {
    const stop = new AbortController();
    const job = server.job({ id, script: 'trap "" TERM; while :; do sleep 7306; done', signal: stop.signal });
    job.catch(() => undefined);
    await eventually(async () => (await running('sleep 7306')) === 1, 5);
    const begun = Date.now();
    stop.abort();
    await expect(job).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(Date.now() - begun).toBeLessThan(5000);
    await eventually(async () => (await running('sleep 7306')) === 0, 2);
  });

  it('ends itself when no client renews its lease, and its files are removed', async () => {
    const job = server.job({ id, script: 'sleep 7307', files: { secret: 'x' }, lease: 2 });
    job.catch(() => undefined);
    await eventually(async () => (await running('sleep 7307')) === 1, 5);
    relay.cut(8000);
    await eventually(async () => (await running('sleep 7307')) === 0, 7);
    await eventually(async () => (await readFile(join(jobFolder(), 'exit'), 'utf8').catch(() => '')) !== '', 3);
    expect(await readdir(jobFolder())).not.toContain('work');
    await expect(job).rejects.toMatchObject({
      code: 'JOB_LOST',
      message: expect.stringContaining('no client was connected for 2 s, so it ended itself'),
    });
  });

  it('without a lease finishes alone', async () => {
    const job = server.job({ id, script: `sleep 3; echo finished >${folder}/finished`, lease: 0 });
    job.catch(() => undefined);
    await sleep(300);
    relay.cut(60_000);
    await eventually(
      async () => (await readFile(join(folder, 'finished'), 'utf8').catch(() => '')) === 'finished\n',
      8,
    );
  });

  it('costs one turn; that its result has arrived is told on the way', async () => {
    relay.setDelay(10);
    await server.script('true');
    relay.reset();
    await server.job({ id, script: 'sleep 0.2', files: { one: '1' } });
    expect(relay.counts().turns).toBe(1);
  });
});
