import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Relay, startRelay } from '../../lab/relay.ts';
import { application, startWorld, type World } from './world.ts';

let world: World;
let relay: Relay;
let builds = 0;
const counter = createServer((socket) => {
  builds += 1;
  socket.end();
});

beforeAll(async () => {
  world = await startWorld('bad-reconnect');
  relay = await startRelay({ host: world.builder.address, port: world.builder.port });
  await new Promise<void>((resolve) => counter.listen(0, world.lab.gateway, resolve));
});

afterAll(async () => {
  counter.close();
  await relay.close();
  await world[Symbol.asyncDispose]();
});

it('a build goes on while the connection is cut, runs once, and shows every line once', async () => {
  const address = counter.address();
  if (address === null || typeof address === 'string') throw new Error('The counter does not listen.');
  const steps = `RUN nc -w 2 ${address.address} ${address.port} </dev/null; \\
  for i in $(seq 1 20); do echo "line $i of 20"; sleep 0.3; done\n`;
  const configuration = world.configuration();
  configuration.servers.builder = { ...configuration.servers.builder, host: relay.host, port: relay.port };
  world.write(configuration, {
    ...application,
    Dockerfile: application.Dockerfile?.replace('CMD', () => `${steps}CMD`) ?? '',
  });
  const run = world.start(['up']);
  await run.seen(/line 5 of 20/);
  const before = relay.counts().connections;
  relay.cut(2_000);
  const { code, output } = await run.finished;
  expect(code, output).toBe(0);
  expect(builds).toBe(1);
  expect(relay.counts().connections).toBeGreaterThan(before);
  const shown = Array.from({ length: 20 }, (_, index) => `line ${index + 1} of 20`).map(
    (line) => output.split('\n').filter((one) => one.endsWith(line) && !one.includes('echo')).length,
  );
  expect(shown).toEqual(Array.from({ length: 20 }, () => 1));
  expect(await world.answer()).toBe('one');
});
