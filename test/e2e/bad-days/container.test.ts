import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { application, startWorld, type World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld('bad-container');
  world.write(world.configuration());
  const { code, output } = await world.run(['up']);
  expect(code, output).toBe(0);
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** Runs `up`, which must fail and leave the old version as it was. */
async function failing(): Promise<{ output: string; duration: number }> {
  const before = await world.traces();
  const { code, output, duration } = await world.run(['up']);
  expect(code, output).toBe(1);
  const after = await world.traces();
  expect(after.running).toEqual(before.running);
  expect(after.others).toEqual(before.others);
  expect(after.jobs).toEqual([]);
  expect(await world.answer()).toBe('one');
  return { output, duration };
}

const withCommand = (command: string): Record<string, string> => ({
  ...application,
  Dockerfile: application.Dockerfile?.replace(/CMD .*/, () => `CMD ${JSON.stringify(['sh', '-c', command])}`) ?? '',
});

describe('a new version that cannot run', () => {
  it('fails at once when its container exits, with the exit status and its last words', async () => {
    world.write(world.configuration(), withCommand('echo the licence file is missing >&2; exit 3'));
    const { output, duration } = await failing();
    expect(output).toContain('DEPLOY_EXITED');
    expect(output).toMatch(/exit(ed with)? (code|status) 3/);
    expect(output).toContain('the licence file is missing');
    expect(duration).toBeLessThan(15_000);
  });

  it('fails when its health check never passes, and says what the check answered', async () => {
    world.write(world.configuration(), withCommand('rm /www/healthz; exec httpd -f -p 3000 -h /www'));
    const { output } = await failing();
    expect(output).toContain('DEPLOY_UNHEALTHY');
    expect(output).toContain('/healthz');
    expect(output).toContain('404');
  });

  it('fails when its port is taken, and names the holder', async () => {
    await world.node.exec('docker run -d --name squatter -p 8080:3000 busybox:1.37.0 httpd -f -p 3000');
    const configuration = world.configuration();
    const web = configuration.services.web;
    if (web) web.deploy = { ...web.deploy, ports: [{ published: 8080, target: 3000, mode: 'host' }] };
    world.write(configuration);
    const { output } = await failing();
    expect(output).toContain('PORT_TAKEN');
    expect(output).toContain('8080');
    expect(output).toContain('squatter');
  });
});
