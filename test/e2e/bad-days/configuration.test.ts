import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld('bad-configuration');
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** The configuration as a person writes it, one key a line. */
function written(change: (text: string) => string): string {
  const { servers, registries, services } = world.configuration();
  const text = `project: shop
servers: ${JSON.stringify(servers)}
registries: ${JSON.stringify(registries)}
services:
  web:
    source: { path: . }
    build: { servers: [builder] }
    image: ${services.web?.image}
    deploy:
      servers: [node]
      env:
        GREETING: hello
      health: { http: /healthz, port: 3000 }
`;
  const changed = change(text);
  expect(changed).not.toBe(text);
  return changed;
}

async function refused(text: string): Promise<string> {
  const before = await world.traces();
  world.write(text);
  const { code, output, duration } = await world.run(['up']);
  expect(code).toBe(64);
  expect(duration).toBeLessThan(5_000);
  expect(await world.traces()).toEqual(before);
  return output;
}

describe('drayage.yml with a mistake', () => {
  it('names an unknown key, its place, and the nearest key there is', async () => {
    const output = await refused(written((text) => text.replace('health:', 'helth:')));
    expect(output).toContain('CONFIG_INVALID');
    expect(output).toContain('helth');
    expect(output).toContain('"health"');
    expect(output).toContain('drayage.yml:13:7');
  });

  it('names a reference that stands for nothing', async () => {
    const output = await refused(
      written((text) => text.replace('GREETING: hello', 'GREETING: "${{ secrets.NOBODY_GAVE_IT }}"')),
    );
    expect(output).toContain('CONFIG_REFERENCE_UNRESOLVED');
    expect(output).toContain('secrets.NOBODY_GAVE_IT');
    expect(output).toContain('DRAYAGE_SECRET_NOBODY_GAVE_IT');
    expect(output).toContain('drayage.yml:12:');
  });

  it('reports all mistakes at once', async () => {
    const output = await refused(
      written((text) =>
        text.replace('health:', 'helth:').replace('image:', 'imag:').replace('port: 3000', 'port: many'),
      ),
    );
    expect(output).toContain('helth');
    expect(output).toContain('imag');
  });
});
