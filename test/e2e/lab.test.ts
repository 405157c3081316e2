import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunResult, run } from '../lab/command.ts';
import type { Host } from '../lab/host.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { findUplink } from '../lab/network.ts';
import { type LabRecord, readRecords } from '../lab/state.ts';
import { labTraces } from '../lab/traces.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const quiet = (): void => undefined;
const labName = (purpose: string): string => `test-${purpose}-${process.pid}`;

describe('a lab with two hosts', () => {
  let lab: Lab;
  let node: Host;
  let bare: Host;
  let scratch: string;

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'lab-test-'));
    lab = await startLab({ name: labName('hosts') });
    [node, bare] = await Promise.all([lab.host('node-1', { docker: true }), lab.host('bare-1')]);
  });
  afterAll(async () => {
    await lab.stop();
    rmSync(scratch, { recursive: true });
  });

  const ssh = (host: Host, command: string): Promise<RunResult> => {
    const known = join(scratch, `${host.name}.known`);
    writeFileSync(known, `${host.knownHosts}\n`);
    const options = ['-o', `UserKnownHostsFile=${known}`, '-o', 'StrictHostKeyChecking=yes', '-o', 'BatchMode=yes'];
    return run(['ssh', '-i', host.privateKeyPath, ...options, `${host.user}@${host.address}`, command]);
  };

  test('lets the key in over SSH and shows the host key it announced', async () => {
    expect((await ssh(node, 'hostname; id -un')).stdout).toBe('node-1\nroot\n');
    expect((await ssh(bare, 'hostname; id -un')).stdout).toBe('bare-1\nroot\n');
  });

  test('gives a bare host neither Docker nor git nor anything of this machine', async () => {
    const tools = 'for tool in docker dockerd git curl systemctl node; do command -v $tool; done; true';
    expect((await bare.exec(tools)).stdout).toBe('');
    expect((await bare.exec(['ls', '-A', '/root', '/home', '/opt', '/srv'])).stdout).toBe(
      '/home:\n\n/opt:\n\n/root:\n.bashrc\n.profile\n.ssh\n\n/srv:\n',
    );
  });

  test('lets a bare host install Docker from its own package sources, which starts it', async () => {
    await ssh(
      bare,
      'apt-get update -qq && apt-get install -y -qq --no-install-recommends docker.io docker-cli docker-buildx',
    );
    const version = await ssh(bare, 'docker version --format "{{.Server.Version}}" && docker buildx version');
    expect(version.stdout).toMatch(/^26\.1\.\d+\S*\ngithub.com\/docker\/buildx /);
  });

  test('pulls Docker Hub names from the lab, and runs containers that find each other by name', async () => {
    await node.exec('docker network create front && docker run -d --name web --network front nginx:1.27-alpine');
    await node.exec('docker run --rm --network front curlimages/curl:8.11.1 -sSf http://web/');
  });

  test('reaches the package registries from inside a build', async () => {
    const dockerfile =
      'FROM node:24-bookworm-slim\nWORKDIR /app\nRUN npm install is-number@7.0.0 && apt-get update && apt-get install -y tini\n';
    await node.exec('mkdir /tmp/app && cat >/tmp/app/Dockerfile', { stdin: dockerfile });
    await node.exec('docker build -t app /tmp/app');
    const check = 'node -p "require(\'is-number\')(7)"; tini --version';
    const found = await node.exec(['docker', 'run', '--rm', 'app', 'sh', '-c', check]);
    expect(found.stdout).toMatch(/^true\ntini version /);
  });

  test.each([{ tls: false }, { tls: true }])('runs a registry that wants its password (TLS: $tls)', async ({ tls }) => {
    const registry = await lab.registry({ tls });
    const image = await registry.put('lab/noshell:ok', 'apps/shop:1');
    if (registry.ca) {
      const folder = `/etc/docker/certs.d/${registry.host}`;
      await node.exec(`mkdir -p ${folder} && cat >${folder}/ca.crt`, { stdin: registry.ca });
    }
    const refused = await node.exec(['docker', 'pull', image], { check: false });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('no basic auth credentials');
    const login = ['docker', 'login', '--username', registry.username, '--password-stdin', registry.host];
    await node.exec(login, { stdin: registry.password });
    expect((await node.exec(['docker', 'pull', '-q', image])).stdout.trim()).toBe(image);
  });

  test('comes back after a power cut with its disk, its daemon and its restarting containers', async () => {
    await node.exec(
      'docker run -d --restart always --name steady -p 8080:80 nginx:1.27-alpine && echo kept >/root/note',
    );
    await node.restart();
    expect((await node.exec('cat /root/note')).stdout).toBe('kept\n');
    await expect
      .poll(() => fetch(`http://${node.address}:8080/`).then((answer) => answer.status), { timeout: 15_000 })
      .toBe(200);
  });

  test('comes back by itself when it is rebooted over SSH', async () => {
    const bootId = (): Promise<string> =>
      bare.exec('stat -c %i /proc/1/ns/pid', { check: false }).then(
        (r) => r.stdout,
        () => '',
      );
    const before = await bootId();
    await ssh(bare, 'nohup reboot >/dev/null 2>&1 &');
    await expect.poll(bootId, { timeout: 20_000 }).toMatch(new RegExp(`^(?!${before.trim()})\\d+\\n$`));
    await expect
      .poll(
        () =>
          ssh(bare, 'hostname').then(
            (r) => r.stdout,
            () => '',
          ),
        { timeout: 10_000 },
      )
      .toBe('bare-1\n');
  });

  test('can hang and can lose its network, and recovers from both', async () => {
    const banner = (): Promise<RunResult> =>
      run(['ssh-keyscan', '-T', '1', '-t', 'ed25519', node.address], { check: false });
    expect((await banner()).stdout).toContain('ssh-ed25519');
    node.pause();
    expect((await banner()).stdout).toBe('');
    node.resume();
    await node.cable('down');
    expect((await banner()).stdout).toBe('');
    await node.cable('up');
    await expect.poll(async () => (await banner()).stdout, { timeout: 10_000 }).toContain('ssh-ed25519');
  });

  test('issues certificates for the addresses its DNS was told', async () => {
    const acme = await lab.acme();
    await acme.setAddress('shop.example.com', node.address);
    const caddyfile = `{\n  acme_ca ${acme.directory}\n  acme_ca_root /etc/caddy/ca.pem\n}\nshop.example.com {\n  respond hello\n}\n`;
    await node.exec('mkdir /root/caddy && cat >/root/caddy/ca.pem', { stdin: acme.caCertificate });
    await node.exec('cat >/root/caddy/Caddyfile', { stdin: caddyfile });
    await node.exec('docker run -d -p 80:80 -p 443:443 -v /root/caddy:/etc/caddy caddy:2.6');
    const resolve = `shop.example.com:443:${node.address}`;
    const ask = ['curl', '-sS', '--cacert', acme.rootPath, '--resolve', resolve, 'https://shop.example.com/'];
    await expect.poll(() => run(ask, { check: false }).then((r) => r.stdout), { timeout: 20_000 }).toBe('hello');
  });

  test('refuses a second lab of the same name', async () => {
    await expect(startLab({ name: lab.name, log: quiet })).rejects.toThrow(
      `A lab named "${lab.name}" is running already`,
    );
  });
});

describe('the end of a lab', () => {
  const find = (name: string): LabRecord | undefined => readRecords().find((record) => record.name === name);
  const forwarding = async (): Promise<string> =>
    readFileSync(`/proc/sys/net/ipv4/conf/${await findUplink()}/forwarding`, 'utf8').trim();

  /** A process of its own that holds a lab with one Docker host, as the command line starts it. */
  const holdLab = async (name: string): Promise<{ owner: ChildProcess; record: LabRecord }> => {
    const argv = [join(root, 'test/lab/main.ts'), 'serve', '--name', name, 'node-1'];
    const owner = spawn(join(root, 'node_modules/.bin/node'), argv, { stdio: 'ignore' });
    await expect.poll(() => find(name)?.ready, { timeout: 120_000, interval: 100 }).toBe(true);
    const record = find(name);
    if (!record) throw new Error(`The lab ${name} vanished.`);
    return { owner, record };
  };

  test('leaves nothing behind after stop', async () => {
    const before = await forwarding();
    const lab = await startLab({ name: labName('stop'), log: quiet });
    const octet = find(lab.name)?.octet ?? 0;
    const host = await lab.host('node-1', { docker: true });
    await host.exec('docker run -d nginx:1.27-alpine');
    const alive = await labTraces(lab.name, octet);
    for (const kind of ['process', 'link', 'rule', 'file']) {
      expect(alive.filter((trace) => trace.startsWith(`${kind} `)).length, kind).toBeGreaterThan(0);
    }
    expect(await forwarding()).toBe('1');
    await lab.stop();
    expect(await labTraces(lab.name, octet)).toEqual([]);
    expect(await forwarding()).toBe(readRecords().length > 0 ? '1' : before);
  });

  test('leaves nothing behind when its process is interrupted', async () => {
    const { owner, record } = await holdLab(labName('interrupt'));
    const ended = once(owner, 'exit');
    owner.kill('SIGINT');
    await ended;
    expect(await labTraces(record.name, record.octet)).toEqual([]);
  });

  test('ends its processes at once when its process is killed; the next lab removes the rest and spares living ones', async () => {
    const living = await startLab({ name: labName('living'), log: quiet });
    const survivor = await living.host('bare-1');
    const { owner, record } = await holdLab(labName('killed'));
    const ended = once(owner, 'exit');
    owner.kill('SIGKILL');
    await ended;
    const processes = async (): Promise<string[]> =>
      (await labTraces(record.name, record.octet)).filter((trace) => trace.startsWith('process '));
    await expect.poll(processes, { timeout: 5_000 }).toEqual([]);
    expect(await labTraces(record.name, record.octet)).toContain(`link dl${record.octet}`);

    const lines: string[] = [];
    const next = await startLab({ name: labName('next'), log: (line) => lines.push(line) });
    expect(lines).toEqual([
      `removing what the lab "${record.name}" of the dead process ${record.owner.pid} left behind`,
    ]);
    const traces = await labTraces(record.name, record.octet);
    // The next lab may take over the subnet that became free.
    expect(
      traces.filter((trace) => find(next.name)?.octet !== record.octet || /^(process|mount|file) /.test(trace)),
    ).toEqual([]);
    expect((await survivor.exec('hostname')).stdout).toBe('bare-1\n');
    await next.stop();
    await living.stop();
    expect(await labTraces(record.name, record.octet)).toEqual([]);
  });

  test('takes a lab down that is interrupted while its hosts start', async () => {
    const name = labName('early');
    const owner = spawn(
      join(root, 'node_modules/.bin/node'),
      [join(root, 'test/lab/main.ts'), 'serve', '--name', name, 'node-1'],
      {
        stdio: 'ignore',
      },
    );
    await expect.poll(() => find(name)?.octet, { timeout: 120_000, interval: 20 }).toBeGreaterThan(0);
    const octet = find(name)?.octet ?? 0;
    await sleep(150);
    const ended = once(owner, 'exit');
    owner.kill('SIGINT');
    await ended;
    expect(await labTraces(name, octet)).toEqual([]);
  });
});
