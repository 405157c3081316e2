import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildService } from '../../packages/core/src/build/build.ts';
import { loadProject } from '../../packages/core/src/config/load.ts';
import { up } from '../../packages/core/src/pipeline/up.ts';
import type { Host } from '../lab/host.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { startRun } from './server-world.ts';

let lab: Lab;
let hosts: readonly Host[];
const folder = mkdtempSync(join(tmpdir(), 'drayage-servers-'));

beforeAll(async () => {
  lab = await startLab({ name: `servers-${process.pid}`, log: () => undefined });
  hosts = await Promise.all([lab.host('one', { docker: true }), lab.host('two', { docker: true })]);
  writeFileSync(join(folder, 'Dockerfile'), 'FROM busybox:1.37.0\nARG WAIT=0\nRUN sleep $WAIT\n');
});
afterAll(async () => {
  await lab?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function projectOf(services: object, servers: object = {}) {
  const [one, two] = hosts;
  const text = JSON.stringify({
    project: 'shop',
    servers: {
      one: { host: one?.address, role: 'both', ...servers },
      two: { host: two?.address, role: 'both', ...servers },
    },
    services,
  });
  return (await loadProject({ text, file: join(folder, 'drayage.yml') })).project;
}

/** Starts a build in a run of its own. */
async function build(service: string, services: object, servers: object = {}) {
  await using run = startRun(hosts);
  const project = await projectOf(services, servers);
  const built = await buildService(run.context, { project, service, git: {} });
  await built.remember();
  return { ...built, log: run.lines.join('\n') };
}

const on = (servers: string[], wait = 0, salt = '') => ({
  build: { servers, args: { WAIT: String(wait), SALT: salt } },
  deploy: { servers: ['one'] },
});

describe('several build servers of a service', () => {
  it('keep to the one whose cache is warm, and go to the next when it is down', async () => {
    const services = { web: on(['one', 'two']) };
    const first = await build('web', services);
    const again = await build('web', services);
    expect(again.server).toBe(first.server);
    expect(again.log).toContain('nothing is built');
    const down = hosts.find(({ name }) => name === first.server);
    const other = hosts.find(({ name }) => name !== first.server);
    await down?.exec('pkill -x sshd');
    const elsewhere = await build('web', services);
    expect(elsewhere.server).toBe(other?.name);
    expect(elsewhere.log).toContain(`${first.server} is passed over: `);
    await down?.exec('/usr/sbin/sshd');
    // Now that one has built it last.
    expect((await build('web', services)).server).toBe(other?.name);
  });

  it('pass over the one that has less disk than it must have', async () => {
    const refused = build('web', { web: on(['one', 'two']) }, { 'min-free-disk': '900t' });
    await expect(refused).rejects.toMatchObject({
      code: 'BUILD_SERVER_UNAVAILABLE',
      message: expect.stringMatching(
        /^None of the build servers of web can build now\. one: .* of disk are free, min-free-disk is .* two: /,
      ),
    });
  });

  it('are chosen once for all of `up`: nothing is asked of the one that is not needed', async () => {
    await using run = startRun(hosts);
    const project = await projectOf({
      site: { ...on(['one', 'two']), deploy: { servers: ['one'], health: { command: 'true' } } },
    });
    const results = up(run.context, { project, setup: 'never', git: {}, dryRun: true });
    await results;
    expect(run.lines.filter((line) => line.startsWith('Choose where to build site'))).toHaveLength(1);
  });
});

describe('the slots of a build server', () => {
  it('are taken in the order of coming; who waits is told its place and who is building, and a dead holder frees its own', async () => {
    const services = {
      a: on(['one'], 4, 'a'),
      b: on(['one'], 0, 'b'),
      c: on(['one'], 0, 'c'),
      doomed: on(['one'], 30),
      next: on(['one']),
    };
    const ended: string[] = [];
    const start = async (service: string) => {
      const result = await build(service, services).catch((error: unknown) => ({ log: String(error) }));
      ended.push(service);
      return result.log;
    };
    const [one] = hosts;
    const first = start('a');
    await one?.exec('until grep -qs "^a of" /var/lib/drayage/slots/1; do sleep 0.05; done', { timeout: 20_000 });
    const second = start('b');
    await one?.exec('until [ "$(ls /var/lib/drayage/slots/queue | wc -l)" = 1 ]; do sleep 0.05; done');
    const third = start('c');
    await one?.exec('until [ "$(ls /var/lib/drayage/slots/queue | wc -l)" = 2 ]; do sleep 0.05; done');
    const logs = await Promise.all([first, second, third]);
    expect(ended).toEqual(['a', 'b', 'c']);
    expect(logs[0]).not.toContain('waiting for a build slot');
    expect(logs[1]).toContain(
      'waiting for a build slot (this server has 1): position 1 in the queue; building now: a of shop (production)',
    );
    expect(logs[2]).toContain('position 2 in the queue');
    expect((await one?.exec('ls /var/lib/drayage/slots/queue'))?.stdout).toBe('');

    // Killed without a chance to clean up: the kernel frees the slot, and the place in the queue.
    const doomed = start('doomed');
    await one?.exec('until grep -qs "^doomed of" /var/lib/drayage/slots/1; do sleep 0.05; done', { timeout: 20_000 });
    await one?.exec(`for process in /proc/[0-9]*; do
  case $(readlink $process/cwd) in */jobs/build-shop-production-doomed-*) kill -9 \${process#/proc/} ;; esac
done`);
    expect(await start('next')).not.toContain('position');
    await doomed;
  });

  it('let as many builds run at once as the server has', async () => {
    const services = { a: on(['two'], 3, 'x'), b: on(['two'], 3, 'y') };
    const [one, two] = await Promise.all([build('a', services, { slots: 2 }), build('b', services, { slots: 2 })]);
    expect(`${one.log}${two.log}`).not.toContain('waiting for a build slot');
  });
});
