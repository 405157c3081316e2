import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorld, type World } from './bad-days/world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld('foresight');
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

it('plan on bare servers tells what setup would do, and changes nothing', async () => {
  const bare = await world.lab.host('bare');
  const configuration = world.configuration();
  const { node } = configuration.servers;
  if (node) Object.assign(node, { host: bare.address, 'host-key': bare.hostKey });
  world.write(configuration);
  const { code, output } = await world.run(['plan', '--detailed-exitcode']);
  expect(code, output).toBe(2);
  expect(output).toContain('setup of node: Install');
  expect(output).toContain('web: would be deployed after that');
  const { stdout } = await bare.exec('command -v docker; ls /var/lib/drayage 2>/dev/null', { check: false });
  expect(stdout).toBe('');
});

it('plan of a service that has yet to be deployed foresees its domains', async () => {
  world.write(world.configuration());
  const before = await world.run(['setup-deploy-node']);
  expect(before.code, before.output).toBe(0);
  const { code, output } = await world.run(['plan', '--detailed-exitcode']);
  expect(code, output).toBe(2);
  expect(output).toContain('add http://shop.example.com/ to port 3000');
});

it('a domain that another project has is refused before anything is deployed', async () => {
  world.write(world.configuration());
  const first = await world.run(['up']);
  expect(first.code, first.output).toBe(0);
  const before = await world.traces();
  const other = world.configuration();
  other.project = 'other';
  world.write(other);
  const { code, output } = await world.run(['up']);
  expect(code).toBe(1);
  expect(output).toContain('DOMAIN_TAKEN');
  expect(output).toContain('http://shop.example.com/ is served by the service web of project shop');
  expect(await world.traces()).toEqual(before);
  expect(await world.answer()).toBe('one');
});
