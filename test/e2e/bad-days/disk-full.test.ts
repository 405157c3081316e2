import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CliResult } from '../../demo/drayage.ts';
import { untilAlone } from './interruption.ts';
import { ownDisk, type SmallDisk } from './small-disk.ts';
import { application, type Configuration, startWorld, type Traces, type World } from './world.ts';

let world: World;
let engine: { readonly builder: SmallDisk; readonly node: SmallDisk };
let state: { readonly builder: SmallDisk; readonly node: SmallDisk };

beforeAll(async () => {
  world = await startWorld('bad-disk');
  const disks = async (folder: string) => {
    const [builder, node] = await Promise.all([ownDisk(world.builder, folder), ownDisk(world.node, folder)]);
    return { builder, node };
  };
  engine = await disks('/var/lib/docker');
  state = await disks('/var/lib/drayage');
  world.write(versioned('one'));
  const { code, output } = await world.run(['up']);
  expect(code, output).toBe(0);
  expect(await world.answer()).toBe('one');
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

afterEach(async () => {
  await Promise.all([engine, state].flatMap(({ builder, node }) => [builder.clear(), node.clear()]));
});

function versioned(version: string): Configuration {
  const configuration = world.configuration();
  const { web } = configuration.services;
  if (web?.build) web.build.args = { VERSION: version };
  return configuration;
}

/** The application with a layer of 30 MB, whose bytes no engine has. */
const large: Readonly<Record<string, string>> = {
  ...application,
  Dockerfile:
    application.Dockerfile?.replace(
      'CMD',
      () => `RUN dd if=/dev/urandom of=/blob bs=1M count=30 # ${randomBytes(8).toString('hex')}\nCMD`,
    ) ?? '',
};

function expectFailure({ code, output }: CliResult, error: string): void {
  expect(output).toContain(`\n${error} · `);
  expect(code, output).toBe(1);
}

/** The servers' state once the version before the last has drained. */
async function settled(): Promise<Traces> {
  await untilAlone(world);
  return world.traces();
}

/** What serves is what served, no job is left; the only thing new on the servers may be a record of what failed. */
async function expectUnchanged(before: Traces, version: string, newRecords = 0): Promise<void> {
  const after = await world.traces();
  expect(after.running).toEqual(before.running);
  expect(after.others).toEqual(before.others);
  expect(after.jobs).toEqual([]);
  const added = after.state.filter((line) => !before.state.includes(line));
  expect(added).toHaveLength(newRecords);
  for (const line of added) expect(line).toMatch(/\/deployments\/shop-production-web\/[^/]+\.json$/);
  expect(before.state.filter((line) => !after.state.includes(line))).toEqual([]);
  expect(await world.answer()).toBe(version);
}

async function expectDone(args: readonly string[]): Promise<void> {
  const { code, output } = await world.run(args);
  expect(code, output).toBe(0);
}

describe('a full disk', () => {
  it('on the node during the pull: says what the engine said, keeps the old version, and heals', async () => {
    world.write(versioned('two'), large);
    const before = await settled();
    const run = world.start(['up']);
    // Before, it would have been refused for want of room.
    await run.seen(/node: set up already/);
    await engine.node.fill(8_000);
    const failed = await run.finished;
    expectFailure(failed, 'DISK_FULL');
    const [image = ''] = /(?<=→ )\S+@sha256:[0-9a-f]{64}/.exec(failed.output) ?? [];
    expect(failed.output).toContain(`node: The disk is full; image ${image} could not be pulled.`);
    expect(failed.output).toContain('no space left on device');
    expect(failed.output).toContain('The version before it serves on.');
    await expectUnchanged(before, 'one', 1);

    const between = await world.traces();
    expectFailure(await world.run(['deploy-service', '--image', image]), 'DISK_FULL');
    await expectUnchanged(between, 'one', 1);
    const { output: history } = await world.run(['history']);
    expect(history.match(/The disk is full/g), history).toHaveLength(2);

    await engine.node.clear();
    await expectDone(['deploy-service', '--image', image]);
    expect(await world.answer()).toBe('two');
  });

  it('on the builder during the build: names the line, and up does not even begin', async () => {
    world.write(versioned('three'), {
      ...large,
      Dockerfile: large.Dockerfile?.replace('count=30', () => 'count=31') ?? '',
    });
    const before = await settled();
    await engine.builder.fill(8_000);
    const step = await world.run(['build-remote']);
    expectFailure(step, 'DISK_FULL');
    expect(step.output).toContain('The build of web on builder failed at Dockerfile:4');
    expect(step.output).toContain('docker builder prune');
    await expectUnchanged(before, 'two');

    const whole = await world.run(['up']);
    expectFailure(whole, 'SETUP_INCOMPLETE');
    expect(whole.output).toContain('builder is not ready: disk (0.0 GB free).');
    expect(whole.output).not.toContain('Build web');
    await expectUnchanged(before, 'two');

    await engine.builder.clear();
    await expectDone(['up']);
    expect(await world.answer()).toBe('three');
  });

  it('on the builder while sources arrive, be it much or little: keeps the copy it had, and goes on from there', async () => {
    const before = await settled();
    const copy = async () => (await world.builder.exec('cat /var/lib/drayage/sources/*/manifest')).stdout;
    const copyBefore = await copy();
    await state.builder.fill(0);
    world.write(versioned('four'), { ...application, 'large.txt': randomBytes(1_000_000).toString('hex') });
    const streamed = await world.run(['up']);
    expectFailure(streamed, 'DISK_FULL');
    expect(streamed.output).toContain('The sources do not fit on the disk of builder.');
    await expectUnchanged(before, 'three');

    world.write(versioned('four'), { ...application, 'large.txt': randomBytes(1_000).toString('hex').repeat(100) });
    const carried = await world.run(['build-remote']);
    expectFailure(carried, 'DISK_FULL');
    expect(carried.output).toContain('No space left on device');
    await expectUnchanged(before, 'three');
    expect(await copy()).toBe(copyBefore);

    await state.builder.clear();
    await expectDone(['build-remote']);
    expect(await copy()).toContain('large.txt');
    await expectDone(['up']);
    expect(await world.answer()).toBe('four');
  });

  it('on the node where Drayage keeps its state: takes no lock, changes nothing, and says which folder', async () => {
    world.write(versioned('five'));
    const before = await settled();
    await state.node.fill(0);
    const failed = await world.run(['up']);
    expectFailure(failed, 'LOCK_FAILED');
    expect(failed.output).toContain('Check that the disk below /var/lib/drayage is not full');
    await expectUnchanged(before, 'four');

    await state.node.clear();
    await expectDone(['up']);
    expect(await world.answer()).toBe('five');
  });

  it('on the builder where a file of the sources fits in part: is told the same', async () => {
    await state.builder.fill(100);
    world.write(versioned('five'), { ...application, 'blob.txt': randomBytes(1_000_000).toString('hex') });
    expectFailure(await world.run(['build-remote']), 'DISK_FULL');
    world.write(versioned('five'), { ...application, 'blob.txt': randomBytes(1_000).toString('hex').repeat(100) });
    expectFailure(await world.run(['build-remote']), 'DISK_FULL');
    await state.builder.clear();
    await expectDone(['build-remote']);
  });
});
