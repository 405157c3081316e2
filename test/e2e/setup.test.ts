import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configureDomains } from '../../packages/core/src/domain/configure.ts';
import { setupServers } from '../../packages/core/src/setup/setup.ts';
import type { Host } from '../lab/host.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import type { Registry } from '../lab/registry.ts';
import { engineProcess, readProject, serviceOf, startRun } from './server-world.ts';

let lab: Lab;
let build: Host;
let deploy: Host;
let running: Host;
let plain: Registry;
let secure: Registry & { ca?: string };

beforeAll(async () => {
  lab = await startLab({ name: `setup-${process.pid}`, log: () => undefined });
  [build, deploy, running, plain, secure] = await Promise.all([
    lab.host('build-1'),
    lab.host('node-1'),
    lab.host('node-2', { docker: true }),
    lab.registry(),
    lab.registry({ tls: true }),
  ]);
});
afterAll(() => lab.stop());

const server = (host: Host, role: string, more: object = {}) => ({
  host: host.address,
  role,
  'docker-source': 'distribution',
  ...more,
});
const registries = () => ({
  [plain.host]: { username: plain.username, password: plain.password, insecure: true },
  [secure.host]: { username: secure.username, password: secure.password, ca: secure.ca },
});
const titles = (results: { changed: readonly string[] }[]) => results.map(({ changed }) => changed);

describe('setup-build-server on a bare server', () => {
  it('installs what is missing, and tries it by a build, a push and a pull', async () => {
    await using run = startRun([build]);
    const project = await readProject({ servers: { 'build-1': server(build, 'build') }, registries: registries() });
    const [result] = await setupServers(run.context, { project, mode: 'auto' });
    expect(result?.changed).toEqual([
      'Make the folders for state',
      'Configure Docker',
      `Store the authority of ${secure.host}`,
      'Install Docker',
      'Install git',
    ]);
    expect(result?.items.map(({ item, ok }) => `${item} ${ok}`)).toEqual([
      'engine true',
      'disk true',
      'memory true',
      'clock true',
      'buildx true',
      'git true',
      'platform true',
      'build true',
      'run true',
      'network true',
      `registry ${plain.host} true`,
      `registry ${secure.host} true`,
    ]);
    const config = JSON.parse((await build.exec('cat /etc/docker/daemon.json')).stdout);
    expect(config).toMatchObject({ 'log-opts': { 'max-size': '10m', 'max-file': '3' }, 'live-restore': true });
    expect(config['registry-mirrors']).toEqual([`http://${lab.gateway}:5001`]);
    expect(
      (await build.exec('docker image ls -q; docker ps -aq; docker network ls -q --filter type=custom')).stdout,
    ).toBe('');
    expect((await build.exec('cat /root/.docker/config.json', { check: false })).code).toBe(1);
  });

  it('changes nothing when it runs again, and says so', async () => {
    await using run = startRun([build]);
    const project = await readProject({ servers: { 'build-1': server(build, 'build') }, registries: registries() });
    const look = async () => [
      await engineProcess(build),
      (await build.exec('find /etc /var/lib/drayage /usr -newer /run/docker.pid -type f')).stdout,
    ];
    const before = await look();
    expect(titles(await setupServers(run.context, { project, mode: 'always' }))).toEqual([[]]);
    expect(titles(await setupServers(run.context, { project, mode: 'auto' }))).toEqual([[]]);
    expect(await look()).toEqual(before);
    expect(run.lines.at(-1)).toBe('build-1: set up already, nothing to do.');
  });

  it('names a registry that refuses the password', async () => {
    await using run = startRun([build]);
    const wrong = { [plain.host]: { username: plain.username, password: 'wrong', insecure: true } };
    const project = await readProject({ servers: { 'build-1': server(build, 'build') }, registries: wrong });
    await expect(setupServers(run.context, { project, mode: 'always' })).rejects.toMatchObject({
      code: 'SETUP_INCOMPLETE',
      message: expect.stringContaining(`build-1 is not ready: registry ${plain.host} (`),
      hint: 'Check username and password of the registry in drayage.yml.',
    });
    expect(run.lines.join('\n')).not.toContain('wrong"');
  });
});

describe('setup-deploy-node', () => {
  it('makes a Swarm of a bare server and one with Docker, starts the proxy, and shows no token', async () => {
    await using run = startRun([deploy, running]);
    const project = await readProject({
      servers: { 'node-1': server(deploy, 'deploy'), 'node-2': server(running, 'deploy') },
      proxy: { type: 'caddy', servers: ['node-2'], email: 'ops@example.com' },
    });
    const processBefore = await engineProcess(running);
    const results = await setupServers(run.context, { project, mode: 'auto', swarm: true });
    expect(titles(results)).toEqual([
      ['Make the folders for state', 'Configure Docker', 'Install Docker', 'Join the Swarm'],
      ['Make the folders for state', 'Start the proxy (caddy:2)', 'Join the Swarm'],
    ]);
    expect(results[1]?.advice).toEqual(['rotate container logs at 10 MB, 3 files (restarts Docker)']);
    expect(await engineProcess(running)).toBe(processBefore);
    const nodes = (await deploy.exec("docker node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'")).stdout;
    expect(nodes.trim().split('\n').sort()).toEqual(['node-1 Ready Leader', 'node-2 Ready']);
    expect(run.lines.join('\n')).not.toContain('SWMTKN');
    expect((await running.exec("docker ps --format '{{.Names}}'")).stdout.trim().split('\n').sort()).toEqual([
      'drayage-proxy',
      'drayage-proxy-guard',
    ]);
    expect(titles(await setupServers(run.context, { project, mode: 'auto', swarm: true }))).toEqual([[], []]);
  });
});

describe('two runs at once', () => {
  it('set a fresh server up, one after the other', async () => {
    const node = await lab.host('node-6', { docker: true });
    await using first = startRun([node]);
    await using second = startRun([node]);
    const project = await readProject({
      servers: { 'node-6': server(node, 'deploy') },
      proxy: { type: 'caddy', servers: ['node-6'], email: 'ops@example.com' },
    });
    const runs = [first, second];
    const results = await Promise.all(runs.map(({ context }) => setupServers(context, { project, mode: 'auto' })));
    const items = results.flat().flatMap((result) => result.items);
    expect(items.filter(({ ok }) => !ok)).toEqual([]);
    expect(results.flatMap(titles)).toContainEqual(['Make the folders for state', 'Start the proxy (caddy:2)']);
    const waiting = runs.flatMap(({ lines }) => lines.filter((line) => line.includes('waiting for another run')));
    expect(waiting.length).toBeLessThanOrEqual(1);
    expect((await node.exec("docker inspect -f '{{.State.Running}} {{.RestartCount}}' drayage-proxy")).stdout).toBe(
      'true 0\n',
    );
    expect(titles(await setupServers(first.context, { project, mode: 'auto' }))).toEqual([[]]);
  });
});

describe('what setup refuses', () => {
  let fresh: Host;
  beforeAll(async () => {
    fresh = await lab.host('node-3');
  });
  const projectOf = async (more: object = {}, proxy = false) =>
    readProject({
      servers: { 'node-3': server(fresh, 'deploy', more) },
      ...(proxy ? { proxy: { type: 'caddy', servers: ['node-3'], email: 'ops@example.com' } } : {}),
    });
  /** Files outside the folders that change by themselves. */
  const everything = async () =>
    (await fresh.exec('find /etc /usr /var/lib /root -xdev -type f | sort | sha256sum')).stdout;

  it('an account without rights, before anything is done', async () => {
    await fresh.exec(
      'useradd -m -p "*" -s /bin/sh ci && mkdir -m 700 ~ci/.ssh && cp /root/.ssh/authorized_keys ~ci/.ssh/ && chown -R ci ~ci/.ssh',
    );
    await using run = startRun([fresh], 'ci');
    const before = await everything();
    await expect(setupServers(run.context, { project: await projectOf(), mode: 'auto' })).rejects.toMatchObject({
      code: 'SETUP_NO_PRIVILEGE',
      message: expect.stringMatching(
        /^node-3: ci is neither root nor has sudo without a password, and this has to be done: .*Install Docker/,
      ),
    });
    expect(await everything()).toBe(before);
  });

  it('a system it does not know', async () => {
    await fresh.exec(
      'cp /usr/lib/os-release /tmp/keep; echo ID=slackware >/usr/lib/os-release; echo PRETTY_NAME=\\"Slackware 15\\" >>/usr/lib/os-release',
    );
    await using run = startRun([fresh]);
    await expect(setupServers(run.context, { project: await projectOf(), mode: 'auto' })).rejects.toMatchObject({
      code: 'SERVER_UNSUPPORTED',
      message: 'node-3 runs Slackware 15; packages are installed on Debian and Ubuntu only.',
    });
    await fresh.exec('cp /tmp/keep /usr/lib/os-release');
  });

  it('to look only, when something is missing', async () => {
    await using run = startRun([fresh]);
    const before = await everything();
    await expect(setupServers(run.context, { project: await projectOf(), mode: 'never' })).rejects.toMatchObject({
      code: 'SETUP_INCOMPLETE',
      message: 'node-3 is not ready: engine (Docker is not installed).',
    });
    expect(await everything()).toBe(before);
  });

  it('a proxy beside another web server', async () => {
    await fresh.exec(
      "setsid perl -MIO::Socket::INET -e 'our $s = IO::Socket::INET->new(Listen => 1, LocalPort => 80) or die; sleep 600' </dev/null >/dev/null 2>&1 & sleep 0.5",
    );
    await using run = startRun([fresh]);
    await expect(setupServers(run.context, { project: await projectOf({}, true), mode: 'auto' })).rejects.toMatchObject(
      {
        code: 'PROXY_PORT_TAKEN',
        message: 'node-3: port 80 is used by perl, but the proxy needs 80 and 443.',
      },
    );
    await fresh.exec('kill $(pidof perl)');
  });

  it('settings that dockerd does not accept, and keeps the old ones', async () => {
    const file = '{"no-such-setting": true}';
    await running.exec(`cp /etc/docker/daemon.json /tmp/keep; printf '%s' '${file}' >/etc/docker/daemon.json`);
    await using run = startRun([running]);
    const project = await readProject({ servers: { 'node-2': server(running, 'deploy') } });
    const before = await engineProcess(running);
    await expect(setupServers(run.context, { project, mode: 'always' })).rejects.toMatchObject({
      code: 'SETUP_FAILED',
      message: expect.stringMatching(/^node-2: the step "Configure Docker" failed: .*no-such-setting/),
    });
    expect((await running.exec('cat /etc/docker/daemon.json')).stdout).toBe(file);
    expect(await engineProcess(running)).toBe(before);
    await running.exec('cp /tmp/keep /etc/docker/daemon.json');
  });
});

describe('an account with sudo', () => {
  it('sets up a bare server while another package manager holds the lock', async () => {
    const host = await lab.host('node-4');
    await host.exec(`useradd -m -p '*' -s /bin/sh deployer && echo 'deployer ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/deployer
mkdir -m 700 ~deployer/.ssh && cp /root/.ssh/authorized_keys ~deployer/.ssh/ && chown -R deployer ~deployer/.ssh
setsid perl -MFcntl -e 'open(F, ">", "/var/lib/dpkg/lock-frontend"); $l = pack("s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0); fcntl(F, F_SETLK, $l) or die; sleep 8' </dev/null >/dev/null 2>&1 & sleep 0.5`);
    await using run = startRun([host], 'deployer');
    const project = await readProject({ servers: { 'node-4': server(host, 'both', { user: 'deployer' }) } });
    const [result] = await setupServers(run.context, { project, mode: 'auto' });
    expect(result?.changed).toContain('Install Docker');
    expect(result?.items.filter(({ ok }) => !ok)).toEqual([]);
    expect(run.lines.join('\n')).toMatch(
      /Waiting for another package manager: .*Could not get lock \/var\/lib\/dpkg\/lock-frontend/,
    );
  });
});

describe('an account of the docker group', () => {
  it('keeps its state at home, starts the proxy, and only advises what root alone may do', async () => {
    const host = await lab.host('node-5', { docker: true });
    await host.exec(`useradd -m -p '*' -s /bin/sh -G docker ops
mkdir -m 700 ~ops/.ssh && cp /root/.ssh/authorized_keys ~ops/.ssh/ && chown -R ops ~ops/.ssh`);
    await using run = startRun([host], 'ops');
    const project = await readProject({
      servers: { 'node-5': server(host, 'deploy', { user: 'ops' }) },
      proxy: { type: 'caddy', servers: ['node-5'], email: 'ops@example.com' },
      services: {
        web: {
          source: { image: 'caddy:2' },
          deploy: { servers: ['node-5'], mode: 'standalone' },
          domains: [{ host: 'shop.example.com', port: 3000, https: false, certificate: 'none' }],
        },
      },
    });
    const [result] = await setupServers(run.context, { project, mode: 'always' });
    expect(result?.changed).toEqual(['Make the folders for state', 'Start the proxy (caddy:2)']);
    expect(result?.advice).toEqual([
      'rotate container logs at 10 MB, 3 files; keep containers running while Docker restarts (restarts Docker)',
    ]);
    await host.exec(
      'docker network create shop-production; docker run -d --name shop-production-web --network shop-production caddy:2 caddy respond --listen :3000 hello',
    );
    const results = await configureDomains(run.context, { project, service: serviceOf(project) });
    expect(results).toMatchObject([{ url: 'http://shop.example.com/', status: 200 }]);
    expect(
      (await host.exec('ls ~ops/.local/share/drayage/proxy/routes; ls /var/lib/drayage', { check: false })).stdout,
    ).toBe('shop-production-web.json\n');
  });
});
