import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freeze, untilAlone, untilIdle, untilStarted, upWhenFree } from './cancel.ts';
import { startWorld, type World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld('bad-race');
  world.write(versioned('one'));
  const { code, output } = await world.run(['up']);
  expect(code, output).toBe(0);
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

function versioned(version: string, health: Record<string, unknown> = {}) {
  const configuration = world.configuration();
  const web = configuration.services.web;
  if (web) {
    web.build = { ...web.build, args: { VERSION: version } };
    web.deploy = { ...web.deploy, health: { ...(web.deploy.health as object), ...health } };
  }
  return configuration;
}

it('two deploys at once: one after the other, or the second refused with the name of the first', async () => {
  world.write(versioned('two'));
  const first = world.start(['up'], { env: { DRAYAGE_TITLE: 'the first' } });
  await first.seen(/build/i);
  world.write(versioned('three'));
  const second = world.start(['up'], { env: { DRAYAGE_TITLE: 'the second' } });
  const results = await Promise.all([first.finished, second.finished]);
  const done = results.filter(({ code }) => code === 0);
  const refused = results.filter(({ code }) => code !== 0);
  expect(done.length).toBeGreaterThanOrEqual(1);
  for (const { output } of refused) expect(output).toContain('LOCK_HELD');
  const lastDone = results[1]?.code === 0 ? 'three' : 'two';
  expect(await world.answer()).toBe(lastDone);
  await untilAlone(world);
  await untilIdle(world, 5_000);
});

it('a lock owner that stood still for 90 s and was overtaken changes nothing when it goes on', async () => {
  // Its health check fails for as long as it lives, so that it is in the middle of the deploy when it is stopped.
  world.write(versioned('four', { http: '/never', 'start-period': '4m' }));
  const before = await untilAlone(world);
  const stopped = world.start(['up']);
  await untilStarted(world, before);
  const goOn = freeze(stopped);
  const stoppedAt = Date.now();

  world.write(versioned('five'));
  const overtaking = await upWhenFree(world, 85_000);
  expect(overtaking.code, overtaking.output).toBe(0);
  expect(await world.answer()).toBe('five');
  const settled = await untilAlone(world);

  await sleep(Math.max(0, stoppedAt + 90_000 - Date.now()));
  goOn();
  const { code, output } = await stopped.finished;
  expect(output).toContain('LOCK_LOST');
  expect(code).toBe(1);
  const after = await world.traces();
  expect(after.running).toEqual(settled);
  expect(after.jobs).toEqual([]);
  expect(await world.answer()).toBe('five');
});
