import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { engineEvents, outcomes, startWired, variant, type WiredWorld } from './cable.ts';
import { processOn, untilAlone, untilIdle } from './interruption.ts';
import type { Traces, World } from './world.ts';

/** Not whole ones: the deployment before may have ended within the same second. */
const seconds = (): number => Date.now() / 1000;

const countOf = (text: string, line: RegExp): number => text.split('\n').filter((one) => line.test(one)).length;

async function untilAnswer(world: World, version: string): Promise<void> {
  for (const deadline = Date.now() + 60_000; (await world.answer()) !== version; await sleep(100)) {
    if (Date.now() > deadline) throw new Error(`The service did not become ${version} within 60 s.`);
  }
}

describe.concurrent('a cable that is pulled', { timeout: 300_000 }, () => {
  it('for seconds in the push, and again before the switch: the run goes on, and does nothing twice', async () => {
    await using wired = await startWired('cable-before');
    const { world, builder, node } = wired;
    // Random bytes do not compress, so the registry is busy for a while.
    const files = variant({ step: 'head -c 200000000 /dev/urandom >/blob', start: 'sleep 5;' });
    world.write(wired.configuration('two'), files);
    const since = seconds();
    const run = world.start(['up']);
    await processOn(world, 'docker push');
    const before = [builder.counts().connections, node.counts().connections];
    wired.pull(2_000);
    await run.seen(/web-\w+-1 started/);
    const between = node.counts().connections;
    wired.pull(2_000);
    const { code, output } = await run.finished;
    expect(code, output).toBe(0);
    expect(await world.answer()).toBe('two');

    expect(builder.counts().connections).toBeGreaterThan(before[0] ?? 0);
    expect(between).toBeGreaterThan(before[1] ?? 0);
    expect(node.counts().connections).toBeGreaterThan(between);
    expect(await engineEvents(world.builder, since, 'push')).toEqual([`push ${world.registry.host}/acme/web`]);
    expect(countOf(output, /latest: digest: sha256:/)).toBe(1);
    expect(await engineEvents(world.node, since, 'create', 'start')).toEqual([
      'create shop-production-web-green-1',
      'start shop-production-web-green-1',
    ]);
    for (const step of [/pulling the image/, /-1 started/, /-1 is healthy/, /switched to the new version/])
      expect(countOf(output, step), output).toBe(1);
    expect(await outcomes(world)).toEqual(['done', 'done']);
    await untilAlone(world);
    await untilIdle(world, 5_000);
  });

  it('for seconds after the switch, and again while the domains are asked: likewise', async () => {
    await using wired = await startWired('cable-after');
    const { world, node } = wired;
    const configuration = wired.configuration('two');
    configuration.services.web?.domains?.push({
      host: 'admin.example.com',
      port: 4000,
      https: false,
      certificate: 'none',
    });
    // The second domain has no answer until it is let, so that it is asked again and again.
    const late = '(until [ -e /go ]; do sleep 0.1; done; exec httpd -f -p 4000 -h /www) &';
    world.write(configuration, variant({ start: `sleep 3; ${late}` }));
    const since = seconds();
    const run = world.start(['up']);
    await run.seen(/web-\w+-1 started/);
    // From here on the client hears nothing, and the node goes on alone.
    node.stall();
    await untilAnswer(world, 'two');
    wired.pull(2_000);
    node.resume();
    await run.seen(/add http:\/\/admin\.example\.com\//);
    await run.seen(/http:\/\/shop\.example\.com\/ answers/);
    const between = node.counts().connections;
    wired.pull(2_000);
    await world.node.exec('docker exec shop-production-web-green-1 touch /go');
    const { code, output } = await run.finished;
    expect(code, output).toBe(0);
    expect(output).toContain('http://admin.example.com/ answers');

    expect(node.counts().connections).toBeGreaterThan(between);
    expect(await engineEvents(world.node, since, 'create', 'start')).toEqual([
      'create shop-production-web-green-1',
      'start shop-production-web-green-1',
    ]);
    expect(countOf(output, /switched to the new version/)).toBe(1);
    expect(countOf(output, /add http:\/\/admin\.example\.com\//)).toBe(1);
    expect(await outcomes(world)).toEqual(['done', 'done']);
    expect(await world.answer()).toBe('two');
    await untilIdle(world, 5_000);
  });

  it('for longer than a job waits for its client: the job takes itself back, and the run says that it was lost', async () => {
    await using wired = await startWired('cable-long');
    const { world } = wired;
    world.write(wired.configuration('two'), variant({ start: 'sleep 300;' }));
    const before = await world.traces();
    const run = world.start(['up']);
    await run.seen(/web-\w+-1 started/);
    wired.pull(68_000);
    const { code, output } = await run.finished;
    expect(output).toMatch(/\nJOB_LOST · /);
    expect(code).toBe(1);
    await expectTakenBack(world, before);

    await expectNextRun(wired);
  });

  it('for good, and silently: the job takes itself back, the run ends when its time is up, and the next one works', async () => {
    await using wired = await startWired('cable-gone');
    const { world, builder, node } = wired;
    world.write(wired.configuration('two'), variant({ start: 'sleep 300;' }));
    const before = await world.traces();
    const run = world.start(['up', '--timeout', '60s']);
    await run.seen(/web-\w+-1 started/);
    const stalledAt = Date.now();
    // Nobody tells either end that the other is gone.
    for (const cable of [builder, node]) cable.stall();
    const { code, output, duration } = await run.finished;
    expect(output).toContain('\nRUN_TIMEOUT · ');
    expect(output).toContain('The run took longer than its input "timeout" allows (60 s).');
    expect(code).toBe(1);
    expect(duration).toBeLessThan(75_000);
    await untilGone(world, 'web-green-1', stalledAt + 75_000);
    // The server's end of the dead connection holds a reader of the job's log, and nothing else.
    wired.pull(0);
    for (const cable of [builder, node]) cable.resume();
    await untilIdle(world, 5_000);
    await expectTakenBack(world, before);

    await expectNextRun(wired);
  });
});

/** Waits until the node has no such container any more. */
async function untilGone(world: World, name: string, deadline: number): Promise<void> {
  for (;;) {
    const { stdout } = await world.node.exec(`docker ps --all --quiet --filter name=${name}`);
    if (stdout === '') return;
    if (Date.now() > deadline) throw new Error(`The container ${name} is still there.`);
    await sleep(500);
  }
}

/** Nothing of the new version is left on the servers but a record of the attempt, and the old one serves. */
async function expectTakenBack(world: World, before: Traces): Promise<void> {
  const after = await world.traces();
  expect(after.running).toEqual(before.running);
  expect(after.others).toEqual(before.others);
  expect(after.jobs).toEqual([]);
  expect(await world.answer()).toBe('one');
  expect(await outcomes(world)).toEqual(['done', 'cancelled']);
}

/** Nobody has to wait for the lock of the run that was lost. */
async function expectNextRun({ world, configuration }: WiredWorld): Promise<void> {
  world.write(configuration('three'), variant({}));
  const { code, output, duration } = await world.run(['up']);
  expect(code, output).toBe(0);
  expect(duration).toBeLessThan(30_000);
  expect(await world.answer()).toBe('three');
  expect(await outcomes(world)).toEqual(['done', 'cancelled', 'done']);
}
