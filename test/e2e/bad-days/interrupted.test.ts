import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { CliProcess } from '../../demo/drayage.ts';
import {
  cancelAsGitHub,
  freeze,
  killAtOnce,
  processOn,
  untilAlone,
  untilIdle,
  untilStarted,
  upWhenFree,
} from './interruption.ts';
import { application, type Configuration, startWorld, type World } from './world.ts';

const withStep = (step: string): Record<string, string> => ({
  ...application,
  Dockerfile: application.Dockerfile?.replace('CMD', () => `RUN ${step}\nCMD`) ?? '',
});

/** The new version never becomes healthy, so that a deploy goes on for as long as it is let. */
function neverHealthy(world: World, version = 'two'): Configuration {
  const configuration = world.configuration();
  const { web } = configuration.services;
  if (web?.build) web.build.args = { VERSION: version };
  if (web) web.deploy.health = { http: '/never', port: 3000, interval: '1s', 'start-period': '4m' };
  return configuration;
}

/** Starts a run and returns when it is in the middle of the named step, with that step's own process on the server. */
const inTheMiddleOf: Record<string, (world: World) => Promise<CliProcess>> = {
  build: async (world) => {
    world.write(world.configuration(), withStep('echo now building; sleep 97'));
    const run = world.start(['up'], { asStep: true });
    await run.seen(/^(?!.*echo).*now building/);
    return run;
  },
  push: async (world) => {
    // Random bytes do not compress, so the registry is busy for a while.
    world.write(world.configuration(), withStep('head -c 600000000 /dev/urandom >/blob'));
    const run = world.start(['up'], { asStep: true });
    await processOn(world, 'docker push');
    return run;
  },
  deploy: async (world) => {
    world.write(neverHealthy(world));
    const { running } = await world.traces();
    const run = world.start(['up'], { asStep: true });
    await untilStarted(world, running);
    return run;
  },
};

/** A world of the test's own, in which version `one` serves: these tests mostly wait, so they wait side by side. */
async function serving(name: string): Promise<World> {
  const world = await startWorld(`bad-${name}`);
  world.write(world.configuration());
  const { code, output } = await world.run(['up']);
  expect(code, output).toBe(0);
  expect(await world.answer()).toBe('one');
  return world;
}

/**
 * What must hold after any interruption: the old version serves, and soon the next run is not in anyone's way.
 *
 * @param rest Milliseconds that work of the interrupted run may live after the next run is done: what nobody could end, its lease ends.
 */
async function expectRecovery(world: World, patience: number, rest = 5_000): Promise<void> {
  expect(await world.answer()).toBe('one');
  world.write(world.configuration());
  const startedAt = Date.now();
  const next = await upWhenFree(world, patience);
  expect(next.code, next.output).toBe(0);
  expect(Date.now() - startedAt).toBeLessThan(patience);
  await untilIdle(world, rest);
  expect(await world.answer()).toBe('one');
  await untilAlone(world);
}

describe.concurrent('a run that is interrupted', { timeout: 400_000 }, () => {
  it.each(Object.entries(inTheMiddleOf))(
    'during %s, as GitHub cancels it: ends its remote work within 5 s and frees the lock; by SIGKILL: hinders nobody',
    async (step, start) => {
      await using world = await serving(`cancel-${step}`);
      const running = await untilAlone(world);
      const { result, took } = await cancelAsGitHub(await start(world));
      expect(result.output).toContain('CANCELLED');
      expect(result.code).toBe(130);
      expect(took).toBeLessThan(5_000);
      await untilIdle(world, 1_000);
      expect((await world.traces()).running).toEqual(running);
      await expectRecovery(world, 30_000);

      await killAtOnce(await start(world));
      await expectRecovery(world, 120_000, 75_000);
    },
  );

  it('by SIGSTOP for 90 s in a deploy, and overtaken: changes nothing when it goes on', async () => {
    await using world = await serving('stop');
    world.write(neverHealthy(world));
    const before = await untilAlone(world);
    const stopped = world.start(['up']);
    await untilStarted(world, before);
    const goOn = freeze(stopped);
    const stoppedAt = Date.now();

    const overtaking = world.configuration();
    const { web } = overtaking.services;
    if (web?.build) web.build.args = { VERSION: 'three' };
    world.write(overtaking);
    const { code, output } = await upWhenFree(world, 85_000);
    expect(code, output).toBe(0);
    expect(await world.answer()).toBe('three');
    const settled = await untilAlone(world);

    await sleep(Math.max(0, stoppedAt + 90_000 - Date.now()));
    goOn();
    const late = await stopped.finished;
    expect(late.output).toContain('LOCK_LOST');
    expect(late.code).toBe(1);
    const after = await world.traces();
    expect(after.running).toEqual(settled);
    expect(after.jobs).toEqual([]);
    expect(await world.answer()).toBe('three');
  });
});
