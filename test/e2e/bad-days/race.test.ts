import { afterAll, beforeAll, expect, it } from 'vitest';
import { untilAlone, untilIdle, untilStarted } from './interruption.ts';
import { application, type Configuration, startWorld, type World } from './world.ts';

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

/** What a job of GitLab CI knows of itself. */
const pipeline = {
  GITLAB_CI: 'true',
  CI_PIPELINE_ID: '4711',
  CI_PIPELINE_IID: '42',
  CI_JOB_ID: '815',
  GITLAB_USER_LOGIN: 'alice',
};

it('a run that comes while another deploys waits for it, says for whom, and then deploys its own version', async () => {
  const before = await untilAlone(world);
  const slow = versioned('four');
  const { web } = slow.services;
  if (web) web.deploy.health = { http: '/healthz', port: 3000, interval: '500ms', 'start-period': '2m' };
  const start = 'CMD until [ -e /go ]; do sleep 0.1; done; exec httpd -f -p 3000 -h /www';
  world.write(slow, { ...application, Dockerfile: application.Dockerfile?.replace(/CMD .*/, () => start) ?? '' });
  const first = world.start(['up', '--title', 'the first'], { env: pipeline });
  await untilStarted(world, before);
  world.write(versioned('five'));
  const second = world.start(['up', '--title', 'the second']);
  await second.seen(
    /waiting for the lock of shop-production-web on node, which GitLab pipeline 42 by alice holds since \d{4}-\d\d-\d\dT/,
  );
  expect(['two', 'three']).toContain(await world.answer());

  await world.node.exec('docker exec "$(docker ps --latest --quiet)" touch /go');
  const results = await Promise.all([first.finished, second.finished]);
  for (const { code, output } of results) expect(code, output).toBe(0);
  const [earlier, later] = results.map(({ output }) => output);
  expect(earlier).not.toContain('waiting for the lock');
  // Each deployed what it had built, and the second on top of the first.
  const replaced = (output = '') => /(sha256:[0-9a-f]{64}) → \S+(sha256:[0-9a-f]{64})/.exec(output);
  expect(replaced(later)?.[1]).toBe(replaced(earlier)?.[2]);
  expect(await world.answer()).toBe('five');
  const { output: history } = await world.run(['history']);
  const lines = history.split('\n').filter((line) => /the (first|second)$/.test(line));
  expect(lines[0]).toMatch(/^\* .* done .*the second$/);
  expect(lines[1]).toMatch(/^ {3}\S+ +done .*the first$/);
  await untilAlone(world);
  await untilIdle(world, 5_000);
});
