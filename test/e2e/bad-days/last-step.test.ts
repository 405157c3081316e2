import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { killAtOnce, untilAlone, untilIdle, untilStarted } from './interruption.ts';
import { startWorld } from './world.ts';

/** The value that GitHub's runner has of an output: the last one that was written. */
function output(file: string, name: string): string | undefined {
  const found = [...readFileSync(file, 'utf8').matchAll(new RegExp(`^${name}<<(.+)\n([\\s\\S]*?)\n?\\1$`, 'gm'))];
  return found.at(-1)?.[2];
}

it('the last step of an action frees lock and remote work of a run that was killed, and the next run need not wait', async () => {
  await using world = await startWorld('bad-last-step');
  const outputs = join(world.folder, 'outputs');
  writeFileSync(outputs, '');
  const env = {
    GITHUB_ACTIONS: 'true',
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_RUN_ID: '7',
    GITHUB_OUTPUT: outputs,
  };
  world.write(world.configuration());
  const first = await world.run(['up'], { env });
  expect(first.code, first.output).toBe(0);
  expect(output(outputs, 'unfinished')).toBe('');
  const running = await untilAlone(world);

  const slow = world.configuration();
  const { web } = slow.services;
  if (web?.build) web.build.args = { VERSION: 'two' };
  if (web) web.deploy.health = { http: '/never', port: 3000, interval: '1s', 'start-period': '4m' };
  world.write(slow);
  const killed = world.start(['up'], { asStep: true, env });
  await untilStarted(world, running);
  await killAtOnce(killed);
  const run = output(outputs, 'unfinished') ?? '';
  expect(run).toMatch(/^gh-7-1-[0-9a-f]{6}$/);

  const freed = await world.run(['leftovers'], { env: { ...env, GITHUB_OUTPUT: '', DRAYAGE_INPUT_RUN: run } });
  expect(freed.code, freed.output).toBe(0);
  // The job held the lock for its client, and lets it go as it ends.
  expect(freed.output).toMatch(/^node: .*, 1 job\(s\) ended\.$/m);
  await untilIdle(world, 5_000);

  world.write(world.configuration());
  const next = await world.run(['up'], { env });
  expect(next.code, next.output).toBe(0);
  expect(next.output).not.toMatch(/LOCK_HELD|waits/);
  expect(next.duration).toBeLessThan(30_000);
  expect(await world.answer()).toBe('one');
});
