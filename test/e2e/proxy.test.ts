import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configureDomains } from '../../packages/core/src/domain/configure.ts';
import type { Slot } from '../../packages/core/src/proxy/slot.ts';
import { activeSlotScript, switchScript } from '../../packages/core/src/proxy/switch.ts';
import { setupServers } from '../../packages/core/src/setup/setup.ts';
import type { Host } from '../lab/host.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { startLoad } from '../load/load.ts';
import { readProject, serviceOf, startRun } from './server-world.ts';

let lab: Lab;
let manager: Host;
let worker: Host;

const stateDir = '/var/lib/drayage';
const resource = 'shop-production-web';
const url = 'http://shop.example.com/';

const projectOf = (proxyServer: string, mode: 'standalone' | 'swarm') =>
  readProject({
    servers: Object.fromEntries(
      [manager, worker].map(({ name, address }) => [name, { host: address, role: 'deploy' }]),
    ),
    proxy: { type: 'caddy', servers: [proxyServer], email: 'ops@example.com' },
    services: {
      web: {
        source: { image: 'caddy:2' },
        deploy: { servers: mode === 'swarm' ? [manager.name, worker.name] : [proxyServer], mode },
        domains: [{ host: 'shop.example.com', port: 3000, https: false, certificate: 'none' }],
      },
    },
  });

/** A server that says its name: on some paths after three seconds, as one closes idle connections after five. */
const program = (name: string) => `const server = require('node:http').createServer((request, response) => {
  response.setHeader('x-version', '${name}');
  if (request.url === '/slow') setTimeout(() => response.end('${name}'), 3000);
  else response.end('${name}');
}).listen(3000);
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });`;

function startSlot(slot: Slot, replica: number, version: string): Promise<unknown> {
  return manager.exec(
    ['docker', 'run', '--detach', '--init', '--name', `${slot}-${replica}`, '--network', 'shop-production']
      .concat(['--network-alias', `${resource}-${slot}`, '--restart', 'unless-stopped', 'node:24'])
      .concat(['node', '-e', program(version)]),
  );
}

beforeAll(async () => {
  lab = await startLab({ name: `proxy-${process.pid}`, log: () => undefined });
  [manager, worker] = await Promise.all([lab.host('node-1', { docker: true }), lab.host('node-2', { docker: true })]);
});
afterAll(() => lab.stop());

describe('the proxy of a node without Swarm', () => {
  it('loses no request while a service changes slots, networks come and go, and versions stop', async () => {
    await using run = startRun([manager]);
    const project = await projectOf('node-1', 'standalone');
    await setupServers(run.context, { project, servers: ['node-1'], mode: 'auto' });
    await manager.exec('docker network create shop-production');
    await Promise.all([startSlot('blue', 1, 'one'), startSlot('blue', 2, 'two')]);
    await manager.exec(switchScript({ stateDir, resource, slot: 'blue' }));
    await configureDomains(run.context, { project, service: serviceOf(project) });

    await using load = startLoad({ url, addresses: [manager.address], rate: 200, slow: { path: '/slow', rate: 4 } });
    await sleep(1500);
    await Promise.all([startSlot('green', 1, 'three'), startSlot('green', 2, 'four')]);
    await sleep(500);
    for (const slot of ['green', 'blue', 'green'] as const) {
      await manager.exec(switchScript({ stateDir, resource, slot }));
      await sleep(700);
    }
    await manager.exec(
      'for name in another 00-first; do docker network create $name && docker network connect $name drayage-proxy; done',
    );
    // What was asked of the old version before the switch may take three seconds.
    await sleep(3500);
    await manager.exec('docker stop --time 5 blue-1 blue-2 && docker rm blue-1 blue-2');
    await sleep(1000);
    const result = await load.stop();
    expect(result.failures).toEqual({});
    expect(result.failed).toBe(0);
    expect(result.answered).toBeGreaterThan(1500);
    for (const version of ['one', 'two', 'three', 'four']) {
      // Replicas share the load; none is left out.
      expect(result.versions[version]?.count).toBeGreaterThan(50);
    }
    expect((await manager.exec(activeSlotScript({ stateDir, resource }))).stdout).toBe('green\n');
  });
});

describe('the proxy of a Swarm worker', () => {
  const ask = async (): Promise<string> => {
    const { stdout } = await worker.exec(
      `bash -c 'exec 3<>/dev/tcp/127.0.0.1/80; printf "GET / HTTP/1.0\\r\\nHost: shop.example.com\\r\\n\\r\\n" >&3; timeout 5 cat <&3'`,
      { check: false },
    );
    return stdout;
  };
  const answersAgain = async (): Promise<void> => {
    const deadline = Date.now() + 90_000;
    while (!(await ask()).includes('over the network')) {
      if (Date.now() > deadline) throw new Error('The domain does not answer.');
      await sleep(300);
    }
  };
  const proxyState = async () =>
    (await worker.exec("docker inspect -f '{{.State.Status}} {{.State.Error}}' drayage-proxy")).stdout;

  beforeAll(async () => {
    await using run = startRun([manager, worker]);
    const project = await projectOf('node-2', 'swarm');
    await setupServers(run.context, { project, mode: 'auto' });
    await manager.exec(`docker rm -f green-1 green-2 >/dev/null
docker network disconnect -f shop-production drayage-proxy; docker network rm shop-production
docker network create --driver overlay --attachable shop-production
docker run -d --name web --restart unless-stopped --network shop-production --network-alias ${resource} caddy:2 caddy respond --listen :3000 'over the network'`);
    await configureDomains(run.context, { project, service: serviceOf(project) });
  });

  it.each([
    ['dockerd', async () => void (await worker.exec('service docker restart'))],
    ['the worker', () => worker.restart()],
  ])('answers again after a restart of %s', async (_, restart) => {
    await restart();
    await answersAgain();
    expect(await proxyState()).toBe('running \n');
  });

  it('answers again when the manager comes back long after the worker', async () => {
    await manager.kill();
    await worker.restart();
    await sleep(25_000);
    expect(await proxyState()).toMatch(/^exited Could not attach to network/);
    await manager.restart();
    await answersAgain();
  });

  it('stays stopped when somebody stops it', async () => {
    await worker.exec('docker stop drayage-proxy');
    await sleep(8000);
    expect(await proxyState()).toBe('exited \n');
  });
});
