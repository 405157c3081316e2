import { afterAll, beforeAll, expect, it } from 'vitest';
import { untilAlone, untilIdle } from './interruption.ts';
import { type Configuration, startWorld, type World } from './world.ts';

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

function versioned(version: string): Configuration {
  const configuration = world.configuration();
  const { web } = configuration.services;
  if (web?.build) web.build.args = { VERSION: version };
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
