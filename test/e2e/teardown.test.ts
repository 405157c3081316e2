import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliResult, source, startCli } from '../demo/drayage.ts';
import type { Host } from '../lab/host.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { until, webService } from './deploy-world.ts';

/** Environments side by side on the same servers: what goes of one is missing in no other. */
let lab: Lab;
let node: Host;
let worker: Host;
let folder: string;

const data = { type: 'volume', source: 'data', target: '/data' };
const web = (host: string, deploy: object = {}) => ({
  ...webService('one', { servers: ['node-1'], secrets: { token: '${{ secrets.TOKEN }}' }, mounts: [data], ...deploy }),
  domains: [{ host, port: 3000, https: false, certificate: 'none' }],
});

/** `alone`: drayage.yml has the service web and no other. */
function write(more: { web?: object; api?: object; alone?: boolean } = {}): void {
  const server = ({ address, user, hostKey }: Host) => {
    return { host: address, user, role: 'deploy', 'host-key': hostKey, 'docker-source': 'distribution' };
  };
  const domains = (host: string) => [{ host, port: 3000, https: false, certificate: 'none' }];
  const content = {
    project: 'shop',
    servers: { 'node-1': server(node), 'node-2': server(worker) },
    proxy: { type: 'caddy', servers: ['node-1'] },
    environments: { production: {}, staging: { services: { web: { domains: domains('staging.example.com') } } } },
    services: {
      web: web('shop.example.com', more.web),
      ...(more.alone ? {} : { api: webService('one', { servers: ['node-1'], ...more.api }) }),
    },
  };
  writeFileSync(join(folder, 'drayage.yml'), JSON.stringify(content));
}

const start = (...args: string[]) =>
  startCli(args, {
    cwd: folder,
    node: process.execPath,
    program: source,
    env: { DRAYAGE_SSH_KEY: node.privateKey, DRAYAGE_SECRET_TOKEN: 'a-token-of-some-length' },
  });
const run = (...args: string[]) => start(...args).finished;
async function succeed(...args: string[]): Promise<CliResult> {
  const result = await run(...args);
  expect(result.code, result.output).toBe(0);
  return result;
}
const status = (host: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    get({ host: node.address, path: '/', headers: { host }, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).once('error', reject);
  });

/** Everything on a server that carries the labels of an environment, and the files of its services. */
async function tracesOf(host: Host, environment: string): Promise<string[]> {
  const filter = `--filter label=dev.drayage.project=shop --filter label=dev.drayage.environment=${environment}`;
  const { stdout } = await host.exec(`docker ps --all --format 'container {{.Names}}' ${filter}
docker network ls --format 'network {{.Name}}' ${filter}
docker volume ls --format 'volume {{.Name}}' ${filter}
docker service ls --format 'service {{.Name}}' ${filter} 2>/dev/null
docker secret ls --format 'secret {{.Name}}' ${filter} 2>/dev/null
docker image ls --format 'image {{.Repository}}' | grep 'shop-${environment}' | sort -u
cd /var/lib/drayage && find . -path ./locks -prune -o -path '*shop-${environment}-*' -print
exit 0`);
  return stdout.split('\n').filter(Boolean).sort();
}

beforeAll(async () => {
  lab = await startLab({ name: `teardown-${process.pid}`, log: () => undefined });
  folder = mkdtempSync(join(tmpdir(), 'drayage-teardown-'));
  [, node, worker] = await Promise.all([
    lab.registry(),
    lab.host('node-1', { docker: true }),
    lab.host('node-2', { docker: true }),
  ]);
  write();
  await succeed('up', '--environment', 'production', '--setup', 'auto');
  await succeed('up', '--environment', 'staging');
});
afterAll(async () => {
  await lab?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

describe('teardown of a service', () => {
  it('has to be told the environment', async () => {
    const { code, output } = await run('teardown', '--service', 'web');
    expect(code).toBe(64);
    expect(output).toContain('a teardown has to be told which environment to remove');
  });

  it('shows in a dry run what would go, and what stays', async () => {
    const before = await tracesOf(node, 'staging');
    const { output } = await succeed('teardown', '--service', 'web', '--environment', 'staging', '--dry-run');
    expect(output).toMatch(/node-1: web: container shop-staging-web-blue-1/);
    expect(output).toContain('node-1: web: its route at the proxy');
    expect(output).toContain('its history (1 deployment), so that nothing can be rolled back to');
    expect(output).toContain('docker volume rm shop-staging-data');
    expect(output).not.toContain('shop-staging-api');
    expect(await tracesOf(node, 'staging')).toEqual(before);
    expect(await status('staging.example.com')).toBe(200);
  });

  it('asks on a terminal, and removes nothing unless the answer is yes', async () => {
    const before = await tracesOf(node, 'staging');
    const line = `${process.execPath} ${source} teardown --service web --environment staging`;
    const child = spawn('script', ['-qec', line, '/dev/null'], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        TERM: 'xterm',
        DRAYAGE_SSH_KEY: node.privateKey,
        DRAYAGE_SECRET_TOKEN: 'a-token-of-some-length',
      },
    });
    let shown = '';
    let isAsked = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      if (isAsked || !shown.includes('Remove web from staging? Type yes [no]:')) return;
      isAsked = true;
      child.stdin.write('no\n');
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(shown).toContain('The answer was not yes, so nothing was removed.');
    expect(code).toBe(130);
    expect(await tracesOf(node, 'staging')).toEqual(before);
  });

  it('finishes though the cable is out, and says so when it is back', async () => {
    const production = await tracesOf(node, 'production');
    // Somebody else's, with a name like ours.
    await node.exec('docker run --detach --name shop-staging-web-mine node:24 sleep 600');
    const going = start('teardown', '--service', 'web', '--environment', 'staging');
    await going.seen(/draining for 1 s/);
    await node.cable('down');
    await sleep(4_000);
    expect((await tracesOf(node, 'staging')).filter((trace) => trace.includes('web'))).toEqual([]);
    await node.cable('up');
    const { code, output } = await going.finished;
    expect(code, output).toBe(0);
    expect(output).toContain('remove http://staging.example.com/ to port 3000');
    expect(output).toContain('container shop-staging-web-blue-1 removed');
    expect(output).toContain('1 secret file(s) removed');
    expect(output).toContain('history of 1 deployment(s) removed');
    expect(output).toContain('volume shop-staging-data kept');
    const left = await tracesOf(node, 'staging');
    expect(left).toEqual(expect.arrayContaining(['volume shop-staging-data', 'network shop-staging']));
    expect(left.filter((trace) => trace.startsWith('container')).length).toBe(1);
    expect(await tracesOf(node, 'production')).toEqual(production);
    expect((await node.exec('docker ps --format {{.Names}}')).stdout).toContain('shop-staging-web-mine');
  });

  it('stays gone when the proxy is started again, beside what still answers', async () => {
    expect(await status('staging.example.com')).toBe(404);
    await node.exec('docker restart drayage-proxy');
    await until(
      () => status('shop.example.com').catch(() => 0),
      (code) => code === 200,
    );
    expect(await status('staging.example.com')).toBe(404);
  });

  it('has nothing to do the second time, and refuses a name that is nowhere', async () => {
    const { output } = await succeed('teardown', '--service', 'web', '--environment', 'staging');
    expect(output).toContain('Nothing of web is on node-1: there is nothing to do.');
    const misspelt = await run('teardown', '--service', 'wep', '--environment', 'staging');
    expect(misspelt.code).toBe(64);
    expect(misspelt.output).toContain('has no service "wep" in the environment staging');
    expect(misspelt.output).toContain('web');
  });

  it('goes on after a client that was killed, and deploys again from nothing', async () => {
    await succeed('up', '--environment', 'staging', '--service', 'web');
    expect(await status('staging.example.com')).toBe(200);
    const going = start('teardown', '--service', 'web', '--environment', 'staging');
    await going.seen(/draining for 1 s/);
    going.child.kill('SIGKILL');
    await until(
      () => tracesOf(node, 'staging'),
      (traces) => !traces.some((trace) => trace.includes('web')),
    );
    const { output } = await succeed('teardown', '--service', 'web', '--environment', 'staging');
    expect(output).toContain('there is nothing to do');
  });
});

describe('teardown of an environment', () => {
  it('removes its services, its network and, where it is asked to, its volumes; other environments stay', async () => {
    const production = await tracesOf(node, 'production');
    await succeed('up', '--environment', 'staging');
    // What drayage.yml does not have any more goes too.
    write({ alone: true });
    const { output } = await succeed('teardown', '--environment', 'staging', '--volumes');
    write();
    expect(output).toMatch(/container shop-staging-api-\w+-1 removed/);
    expect(output).toContain('volume shop-staging-data removed');
    expect(output).toContain('network shop-staging removed');
    expect(await tracesOf(node, 'staging')).toEqual([]);
    expect(await tracesOf(node, 'production')).toEqual(production);
    expect(await status('shop.example.com')).toBe(200);
    expect(await status('staging.example.com')).toBe(404);
    const again = await succeed('teardown', '--environment', 'staging');
    expect(again.output).toContain('Nothing of the environment staging is on node-1: there is nothing to do.');
  });

  it('waits for a run that deploys, names what it could not remove, and goes on there when it can', async () => {
    const health = { http: '/healthz', port: 3000, interval: '500ms', timeout: '1s', retries: 90 };
    write({ api: { health, env: { DELAY: '10000' } } });
    const deploying = start('up', '--environment', 'staging', '--service', 'api');
    await deploying.seen(/started/);
    const going = start('teardown', '--environment', 'staging');
    await going.seen(/waiting for the lock of shop-staging-api on node-1, which/);
    await node.exec('docker run --detach --name stranger --network shop-staging node:24 sleep 600');
    const { code, output } = await going.finished;
    expect((await deploying.finished).code).toBe(0);
    expect(code).toBe(1);
    expect(output).toContain('TEARDOWN_INCOMPLETE');
    expect(output).toMatch(/^node-1: network shop-staging could not be removed: it is used by stranger\.$/m);
    await node.exec('docker rm --force stranger');
    await succeed('teardown', '--environment', 'staging', '--volumes');
    expect(await tracesOf(node, 'staging')).toEqual([]);
  });

  it('removes Swarm services, secrets and the network on all nodes', async () => {
    const swarm = { mode: 'swarm', servers: ['node-1', 'node-2'], replicas: 2, 'endpoint-mode': 'dnsrr' };
    write({ web: swarm });
    await succeed('up', '--environment', 'staging', '--service', 'web', '--setup', 'always');
    const before = await tracesOf(node, 'staging');
    expect(before).toContain('service shop-staging-web');
    expect(before.some((trace) => trace.startsWith('secret '))).toBe(true);
    const { output } = await succeed('teardown', '--environment', 'staging', '--volumes');
    expect(output).toContain('Swarm service shop-staging-web removed');
    expect(output).toMatch(/Swarm secret \S+ removed/);
    for (const host of [node, worker]) expect(await tracesOf(host, 'staging')).toEqual([]);
    expect(await status('staging.example.com')).toBe(404);
    expect(await status('shop.example.com')).toBe(200);
  });
});
