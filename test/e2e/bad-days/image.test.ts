import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { application, startWorld, type World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld('bad-image');
  world.write(world.configuration());
  const { code, output } = await world.run(['up']);
  expect(code, output).toBe(0);
  expect(await world.answer()).toBe('one');
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

describe('an image that cannot be had', () => {
  it('is named when it does not exist, and the old version goes on serving', async () => {
    const before = await world.traces();
    const configuration = world.configuration();
    const image = `${world.registry.host}/acme/no-such-image:1`;
    configuration.services.web = { ...configuration.services.web, source: { image }, deploy: deployOf(configuration) };
    delete configuration.services.web.build;
    delete configuration.services.web.image;
    world.write(configuration);
    const { code, output } = await world.run(['up']);
    expect(output).toContain('IMAGE_NOT_FOUND');
    expect(output).toContain(image);
    expect(code).toBe(1);
    expect((await world.traces()).running).toEqual(before.running);
    expect(await world.answer()).toBe('one');
  });

  it('is not pushed with a wrong registry password, which is never printed', async () => {
    const before = await world.traces();
    world.write(world.configuration(), { ...application, 'new-file.txt': 'another build' });
    const password = 'not-the-password-5f2e';
    const { code, output } = await world.run(['up'], { env: { DRAYAGE_SECRET_REGISTRY_PASSWORD: password } });
    expect(output).toContain('REGISTRY_AUTH');
    expect(output).toContain(world.registry.host);
    expect(output).not.toContain(password);
    expect(output).not.toContain(Buffer.from(`${world.registry.username}:${password}`).toString('base64'));
    expect(code).toBe(1);
    expect((await world.traces()).running).toEqual(before.running);
    expect(await world.answer()).toBe('one');
  });

  it('is not built from a Dockerfile that fails, whose line is shown', async () => {
    const before = await world.traces();
    const broken = `${application.Dockerfile}RUN echo about to fail && cat /no/such/file\n`;
    world.write(world.configuration(), { ...application, Dockerfile: broken });
    const { code, output } = await world.run(['up']);
    expect(output).toContain('BUILD_FAILED');
    expect(output).toContain('Dockerfile:5');
    expect(output).toContain('RUN echo about to fail && cat /no/such/file');
    expect(output).toContain("can't open '/no/such/file'");
    expect(code).toBe(1);
    const after = await world.traces();
    expect(after.running).toEqual(before.running);
    expect(after.jobs).toEqual([]);
    expect(await world.answer()).toBe('one');
  });
});

const deployOf = (configuration: ReturnType<World['configuration']>) => configuration.services.web?.deploy ?? {};
