import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CliProcess } from '../../demo/drayage.ts';
import { cancelAsGitHub, killAtOnce, untilAlone, untilIdle, untilStarted, upWhenFree } from './cancel.ts';
import { application, startWorld, type World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld('bad-cancel');
  world.write(world.configuration());
  const { code, output } = await world.run(['up']);
  expect(code, output).toBe(0);
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** A run that is in the middle of the named step, with that step's own process on the server. */
const inTheMiddleOf: Record<string, () => Promise<CliProcess>> = {
  build: async () => {
    world.write(world.configuration(), withStep('echo now building; sleep 97'));
    const run = world.start(['up'], { asStep: true });
    await run.seen(/^(?!.*echo).*now building/);
    return run;
  },
  push: async () => {
    // Random bytes do not compress, so the registry is busy for a while.
    world.write(world.configuration(), withStep('head -c 1500000000 /dev/urandom >/blob'));
    const run = world.start(['up'], { asStep: true });
    await run.seen(/\bpush/i);
    await processOn('docker push');
    return run;
  },
  deploy: async () => {
    const configuration = world.configuration();
    const web = configuration.services.web;
    if (web)
      web.deploy = { ...web.deploy, health: { http: '/never', port: 3000, interval: '1s', 'start-period': '90s' } };
    world.write(configuration);
    const { running } = await world.traces();
    const run = world.start(['up'], { asStep: true });
    await untilStarted(world, running);
    return run;
  },
};

const withStep = (step: string): Record<string, string> => ({
  ...application,
  Dockerfile: application.Dockerfile?.replace('CMD', () => `RUN ${step}\nCMD`) ?? '',
});

async function processOn(text: string): Promise<void> {
  const found = async (): Promise<boolean> => (await world.traces()).jobs.some((line) => line.includes(text));
  for (const deadline = Date.now() + 60_000; !(await found()); await sleep(50)) {
    if (Date.now() > deadline) throw new Error(`No process "${text}" appeared on the servers.`);
  }
}

/** What must hold after any interruption: the old version serves, and soon the next run is not in anyone's way. */
async function expectRecovery(patience: number): Promise<void> {
  expect(await world.answer()).toBe('one');
  world.write(world.configuration());
  const startedAt = Date.now();
  const next = await upWhenFree(world, patience);
  expect(next.code, next.output).toBe(0);
  expect(Date.now() - startedAt).toBeLessThan(patience);
  await untilIdle(world, 5_000);
  expect(await world.answer()).toBe('one');
  await untilAlone(world);
}

describe.each(Object.entries(inTheMiddleOf))('a run that is cancelled during %s', (_step, start) => {
  it('as GitHub does it: ends its remote work within 5 s and frees the lock', async () => {
    const running = await untilAlone(world);
    const { result, took } = await cancelAsGitHub(await start());
    expect(result.output).toContain('CANCELLED');
    expect(result.code).toBe(130);
    expect(took).toBeLessThan(5_000);
    await untilIdle(world, 1_000);
    expect((await world.traces()).running).toEqual(running);
    await expectRecovery(20_000);
  });

  it('by SIGKILL: leaves nothing behind that hinders the next run', async () => {
    await killAtOnce(await start());
    await expectRecovery(90_000);
  });
});
