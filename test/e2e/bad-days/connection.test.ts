import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld('bad-connection');
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

describe('a server that cannot be trusted or reached', () => {
  it('is refused when it shows another host key, before anything is sent to it', async () => {
    const before = await world.traces();
    const configuration = world.configuration();
    const wrong = `SHA256:${'A'.repeat(43)}`;
    configuration.servers.node = { ...configuration.servers.node, 'host-key': wrong };
    world.write(configuration);
    const { code, output } = await world.run(['up']);
    expect(output).toContain('SSH_HOST_KEY_MISMATCH');
    expect(output).toContain(wrong);
    expect(output).toContain(world.node.hostKey);
    expect(code).toBe(1);
    expect(await world.traces()).toEqual(before);
  });

  it('is refused when nothing says which host key it has, with the line to paste', async () => {
    const before = await world.traces();
    const configuration = world.configuration();
    const { 'host-key': known, ...unknown } = configuration.servers.node ?? {};
    configuration.servers.node = unknown;
    world.write(configuration);
    const { code, output } = await world.run(['up']);
    expect(output).toContain('SSH_HOST_KEY_UNKNOWN');
    expect(output).toContain(`host-key: ${known}`);
    expect(code).toBe(64);
    expect(await world.traces()).toEqual(before);
  });

  it('is named with its address when it cannot be reached', async () => {
    const before = await world.traces();
    const configuration = world.configuration();
    const address = world.node.address.replace(/\d+$/, '99');
    configuration.servers.node = { ...configuration.servers.node, host: address };
    world.write(configuration);
    const { code, output, duration } = await world.run(['up']);
    expect(output).toContain('SSH_UNREACHABLE');
    expect(output).toContain(address);
    expect(code).toBe(1);
    expect(duration).toBeLessThan(40_000);
    expect((await world.traces()).running).toEqual(before.running);
  });

  it('is not asked at all with a passphrase that does not open the key', async () => {
    const before = await world.traces();
    const file = join(world.folder, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'right', '-f', file]);
    world.write(world.configuration());
    const env = { DRAYAGE_SSH_KEY: readFileSync(file, 'utf8'), DRAYAGE_SSH_PASSPHRASE: 'wrong-passphrase' };
    const { code, output } = await world.run(['up'], { env });
    expect(output).toContain('SSH_KEY_PASSPHRASE_WRONG');
    expect(output).not.toContain('wrong-passphrase');
    expect(code).toBe(64);
    expect(await world.traces()).toEqual(before);
  });
});
