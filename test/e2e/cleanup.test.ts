import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildService } from '../../packages/core/src/build/build.ts';
import { loadProject } from '../../packages/core/src/config/load.ts';
import type { Project } from '../../packages/core/src/config/model.ts';
import { up } from '../../packages/core/src/pipeline/up.ts';
import { inspectBuilders, pruneBuilders, removeBuilders } from '../../packages/core/src/upkeep/builder/upkeep.ts';
import { type CleanupRequest, cleanUp } from '../../packages/core/src/upkeep/cleanup.ts';
import type { Host } from '../lab/host.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import type { Registry } from '../lab/registry.ts';
import { startRun } from './server-world.ts';

let lab: Lab;
let hosts: readonly [builder: Host, manager: Host, worker: Host];
let registry: Registry;
/** Refuses to delete anything. */
let strict: Registry;
const folder = mkdtempSync(join(tmpdir(), 'drayage-upkeep-'));
const mb = 1024 ** 2;

/** web is built, pushed and runs on a Swarm; api is an image of somebody else. */
async function project(api = 'nginx:1.27-alpine', more: object = {}): Promise<Project> {
  const [builder, manager, worker] = hosts;
  const deploy = {
    mode: 'swarm',
    servers: [manager.name, worker.name],
    kind: 'global',
    'endpoint-mode': 'dnsrr',
    keep: 1,
    drain: '0s',
    update: { monitor: '500ms' },
    timeout: '60s',
  };
  const credentials = ({ username, password }: Registry) => ({ username, password });
  const text = JSON.stringify({
    project: 'shop',
    servers: Object.fromEntries(
      [builder, manager, worker].map((host) => [
        host.name,
        { host: host.address, role: host === builder ? 'build' : 'deploy' },
      ]),
    ),
    registries: {
      [registry.host]: { ...credentials(registry), insecure: true },
      [strict.host]: { ...credentials(strict), ca: strict.ca },
    },
    services: {
      web: {
        source: { path: '.' },
        build: { servers: [builder.name] },
        image: `${registry.host}/shop/web`,
        tags: ['sha', 'latest'],
        deploy,
      },
      api: { source: { image: api }, deploy },
      ...more,
    },
  });
  return (await loadProject({ text, file: join(folder, 'drayage.yml') })).project;
}

const request = (given: Project, more: Partial<CleanupRequest> = {}): CleanupRequest => ({
  project: given,
  keepStorage: 1 * mb,
  olderThan: 30 * 86_400_000,
  wait: 60_000,
  registries: true,
  dryRun: false,
  ...more,
});

const images = async (host: Host): Promise<string> =>
  (await host.exec("docker image ls --digests --format '{{.Repository}} {{.Tag}} {{.Digest}} {{.ID}}' | sort")).stdout;
const names = async (host: Host): Promise<string[]> =>
  (
    await host.exec(
      "docker ps --all --format '{{.Names}}'; docker volume ls --quiet; docker image ls --format '{{.Repository}}'",
    )
  ).stdout
    .trim()
    .split('\n');
async function tags(): Promise<string[]> {
  const authorization = `Basic ${Buffer.from(`${registry.username}:${registry.password}`).toString('base64')}`;
  const answer = await fetch(`${registry.url}/v2/shop/web/tags/list`, { headers: { authorization } });
  return ((await answer.json()) as { tags: string[] }).tags.sort();
}
const sha = (version: number) => `${version}`.padStart(12, '0').padEnd(40, '0');

async function deploy(version: number, given: Project): Promise<void> {
  writeFileSync(join(folder, 'version'), `${version}`);
  await using run = startRun(hosts);
  await up(run.context, { project: given, setup: 'never', git: { sha: sha(version) } });
}
async function build(version: number, given: Project): Promise<string> {
  writeFileSync(join(folder, 'version'), `${version}`);
  await using run = startRun(hosts);
  return (await buildService(run.context, { project: given, service: 'web', git: { sha: sha(version) } })).imageId;
}

beforeAll(async () => {
  lab = await startLab({ name: `upkeep-${process.pid}`, log: () => undefined });
  [registry, strict, hosts] = await Promise.all([
    lab.registry(),
    lab.registry({ tls: true }),
    Promise.all([
      lab.host('builder', { docker: true }),
      lab.host('node-1', { docker: true }),
      lab.host('node-2', { docker: true }),
    ]),
  ]);
  writeFileSync(
    join(folder, 'Dockerfile'),
    `FROM busybox
COPY version /
RUN head -c 4000000 /dev/urandom >/blob
CMD ["sh", "-c", "trap exit TERM; while :; do sleep 1 & wait $!; done"]
`,
  );
  const [builder, manager, worker] = hosts;
  await builder.exec(`mkdir -p /etc/docker/certs.d/${strict.host} && cat >/etc/docker/certs.d/${strict.host}/ca.crt`, {
    stdin: strict.ca,
  });
  await manager.exec(`docker swarm init --advertise-addr ${manager.address}`);
  const token = (await manager.exec('docker swarm join-token --quiet worker')).stdout.trim();
  await worker.exec(`docker swarm join --token ${token} ${manager.address}:2377`);
  // Swarm itself keeps the last tasks, and with them their images.
  await manager.exec('docker swarm update --task-history-limit 0');
  await deploy(1, await project('nginx:1.27-alpine'));
  await deploy(2, await project('redis:7'));
  // What is replaced drains first, and its image is in use for so long.
  const drained = 'until [ "$(docker ps --all --quiet | wc -l)" -le 2 ]; do sleep 0.2; done';
  await Promise.all([manager, worker].map((host) => host.exec(drained, { timeout: 90_000 })));
});
afterAll(async () => {
  await lab?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What others have on a server, made of our image too. */
const foreign = `set -- $(docker image ls --quiet --filter label=dev.drayage.service=web | head -1)
docker create --name foreign "$@" >/dev/null
docker volume create foreign >/dev/null
docker commit foreign foreign-image >/dev/null
docker create --name other --label dev.drayage.organization= --label dev.drayage.project=bakery --label dev.drayage.environment=production --label dev.drayage.service=web --label dev.drayage.deployment=1 "$@" >/dev/null
docker create --name left --label dev.drayage.deployment=20200101t000000z-000000 "$@" >/dev/null
docker create --name other-project --label dev.drayage.project=bakery "$@" >/dev/null`;

describe('cleanup', () => {
  it('lists in a dry run what would go, with sizes, and changes nothing', async () => {
    const [builder, manager, worker] = hosts;
    await Promise.all(hosts.map((host) => host.exec(foreign)));
    // A tag like one of ours, on an image that is not; and an image of ours that somebody wants to keep.
    await registry.put('library/busybox:latest', 'shop/web:abcdefabcdef');
    await builder.exec(`echo 'FROM ${registry.host}/shop/web
RUN echo keep >/keep' | docker build --quiet --tag ${registry.host}/shop/web:${sha(9).slice(0, 12)} --tag keepsake:1 -`);
    const before = await Promise.all([images(builder), images(manager), images(worker), tags()]);
    await using run = startRun(hosts);
    const cleaned = await cleanUp(run.context, request(await project('redis:7'), { dryRun: true, keepStorage: 0 }));
    const text = run.lines.join('\n');
    expect(text).toMatch(
      new RegExp(
        `would remove image ${registry.host}/shop/web:${sha(1).slice(0, 12)} .*, 3.8 MB: web: beyond the last 1`,
      ),
    );
    expect(text).toContain('would remove container left');
    expect(text).toMatch(/would remove build cache, \d/);
    expect(text).toContain('somebody named it keepsake:1');
    expect(cleaned.find(({ place }) => place === 'builder')?.freed).toBeGreaterThanOrEqual(4_000_000);
    expect(await Promise.all([images(builder), images(manager), images(worker), tags()])).toEqual(before);
  });

  it('leaves servers alone that have enough room', async () => {
    await using run = startRun(hosts);
    expect(
      await cleanUp(run.context, request(await project('redis:7'), { whenBelow: 1024, registries: false })),
    ).toEqual([]);
    expect(run.lines.join('\n')).toContain('are free, so it is left as it is until less than 1 kB are.');
  });

  it('keeps what runs, the last images and what is not ours; removes the rest, also on workers and in the registry', async () => {
    const [builder, manager, worker] = hosts;
    await using run = startRun(hosts);
    const cleaned = await cleanUp(run.context, request(await project('redis:7')));
    const on = (place: string) => cleaned.find((one) => one.place === place);
    expect(on('builder')?.freed).toBeGreaterThanOrEqual(4_000_000);
    // Two images, one of which only the worker's own name tells from what others pulled.
    expect(on('node-2')?.freed).toBeGreaterThan(20_000_000);
    expect(run.lines.join('\n')).toMatch(/Removed \d+, freed \d+\.\d MB \(\d+ bytes\) on servers\./);
    for (const host of [manager, worker]) {
      const left = await images(host);
      // nginx had no name but the digest it was pulled by, and ours.
      expect(left).not.toContain('nginx');
      expect(left).toContain('redis');
      expect(left.split('\n').filter((line) => line.startsWith(`${registry.host}/shop/web`))).toHaveLength(1);
      expect((await host.exec("docker ps --format '{{.Image}}' | wc -l")).stdout.trim()).toBe('2');
    }
    expect(
      (await images(builder))
        .split('\n')
        .filter((line) => line.startsWith(`${registry.host}/shop/web`))
        .map((line) => line.split(' ')[1])
        .sort(),
    ).toEqual([sha(2).slice(0, 12), sha(9).slice(0, 12), 'latest']);
    for (const host of hosts) {
      expect(await names(host)).toEqual(expect.arrayContaining(['foreign', 'foreign-image', 'other', 'other-project']));
      expect(await names(host)).not.toContain('left');
    }
    expect(await tags()).toEqual([sha(2).slice(0, 12), 'abcdefabcdef', 'latest']);
  });

  it('says that there is nothing to do when there is not', async () => {
    await using run = startRun(hosts);
    const cleaned = await cleanUp(run.context, request(await project('redis:7'), { keepStorage: 1024 * mb }));
    expect(cleaned.flatMap(({ removed }) => removed)).toEqual([]);
    expect(run.lines).toContain('builder: nothing to clean up.');
    expect(run.lines.at(-1)).toBe('There is nothing to clean up.');
  });

  it('names a registry that deletes nothing in one sentence, and succeeds', async () => {
    const image = `${strict.host}/shop/old`;
    const old = {
      source: { path: '.' },
      build: { servers: ['builder'] },
      image,
      deploy: { servers: ['node-1'], keep: 1 },
    };
    const labels = ['organization=', 'project=shop', 'environment=production', 'service=old'];
    const [builder] = hosts;
    const build = [4, 5].map(
      (version) => `echo 'FROM busybox
RUN echo ${version} >/version' | docker build --quiet --tag ${image}:${sha(version).slice(0, 12)} ${labels.map((label) => `--label dev.drayage.${label}`).join(' ')} -
docker push --quiet ${image}:${sha(version).slice(0, 12)}`,
    );
    await builder.exec(`docker login --username ${strict.username} --password-stdin ${strict.host} <<'END'
${strict.password}
END
${build.join('\nsleep 1\n')}
docker logout ${strict.host}`);
    await using run = startRun(hosts);
    await cleanUp(run.context, request(await project('redis:7', { old }), { services: ['old'] }));
    expect(run.lines.join('\n')).toMatch(
      /warning: .*\/shop\/old: the registry does not remove tags \(HTTP 405, ".*"\); set its own retention up instead\./,
    );
  });
});

describe('what is kept for builds', () => {
  it('goes when it was not used for long, stays while somebody uses it, and the next build works', async () => {
    const [builder] = hosts;
    await builder.exec(`cd /var/lib/drayage
mkdir -p git/0123456789abcdef && git init --quiet --bare git/0123456789abcdef && : >git/0123456789abcdef.lock
mkdir -p sources/busy/busy && : >sources/busy/lock && echo x >sources/busy/busy/file
mkdir -p /run/drayage/0/jobs/old/work && echo 0 done >/run/drayage/0/jobs/old/exit
find sources git -exec touch -d '40 days ago' {} +
touch -d '2 hours ago' /run/drayage/0/jobs/old/exit`);
    const holding = builder.exec('exec flock -s /var/lib/drayage/sources/busy/lock sleep 8', { check: false });
    await using run = startRun(hosts);
    const cleaned = await cleanUp(
      run.context,
      request(await project('redis:7'), { servers: ['builder'], registries: false, keepStorage: 1024 * mb }),
    );
    const removed = cleaned.flatMap((one) => one.removed).map(({ kind }) => kind);
    expect(removed.sort()).toEqual(['job', 'mirror', 'source']);
    expect(run.lines.join('\n')).toContain('stays: copy of sources busy: it is in use');
    expect(
      (await builder.exec('cat /var/lib/drayage/sources/busy/busy/file; ls /var/lib/drayage/git /run/drayage/0/jobs'))
        .stdout,
    ).toMatch(/^x\n/);
    await holding;
    await build(6, await project('redis:7'));
    const again = await cleanUp(
      run.context,
      request(await project('redis:7'), { servers: ['builder'], registries: false, keepStorage: 1024 * mb, keep: 5 }),
    );
    expect(again.flatMap((one) => one.removed).map(({ name }) => name)).toEqual(['copy of sources busy']);
  });

  it('is left alone while a build runs, and cleaned up as soon as it ended', async () => {
    const [builder] = hosts;
    writeFileSync(
      join(folder, 'Dockerfile'),
      'FROM busybox\nCOPY version /\nRUN sleep 999 || cp version built\nCMD ["sleep", "1000"]\n',
    );
    const building = build(7, await project('redis:7'));
    building.catch(() => undefined);
    // The build goes on when its sleep is ended.
    const sleeper = `ps -eo pid,args | awk '$2 == "sleep" && $3 == "999" { print $1 }'`;
    await expect.poll(async () => (await builder.exec(sleeper)).stdout, { timeout: 60_000 }).not.toBe('');
    const given = await project('redis:7');
    await using run = startRun(hosts);
    expect((await inspectBuilders(run.context, { project: given }))[0]?.slots).toEqual({ all: 1, used: 1 });
    const options = { servers: ['builder'], registries: false, keepStorage: 0 };
    expect(await cleanUp(run.context, request(given, { ...options, wait: 500 }))).toEqual([]);
    expect(run.lines.join('\n')).toContain('warning: builder: builds are running, so nothing was removed there.');
    const told = () => run.lines.filter((line) => line.includes('waiting: builds run on this server')).length;
    const before = told();
    const pruning = pruneBuilders(run.context, { project: given, keepStorage: 0, wait: 120_000 });
    await expect.poll(told, { timeout: 60_000 }).toBeGreaterThan(before);
    await builder.exec(`kill $(${sleeper})`);
    const [pruned] = await pruning;
    expect(pruned).toMatchObject({ server: 'builder', busy: false });
    expect(await building).toMatch(/^sha256:/);
  });

  it('is inspected and removed', async () => {
    const [builder] = hosts;
    const given = await project('redis:7');
    await using run = startRun(hosts);
    const [found] = await inspectBuilders(run.context, { project: given });
    expect(found).toMatchObject({
      engine: '26.1.5+dfsg1',
      imageStore: 'classic',
      buildx: '0.13.1',
      platform: 'linux/amd64',
      slots: { all: 1, used: 0 },
    });
    expect(found?.builders[0]).toMatchObject({ name: 'default', kind: 'docker', state: 'running' });
    expect(found?.builders[0]?.platforms).toContain('linux/amd64');
    expect(found?.images).toBeGreaterThan(1_000_000);
    expect(found?.sources).toBeGreaterThan(0);
    const before = await images(builder);
    await removeBuilders(run.context, { project: given, wait: 10_000 });
    writeFileSync(join(folder, 'Dockerfile'), 'FROM busybox\nCOPY version /\n');
    expect(
      (
        await builder.exec(
          'cd /var/lib/drayage; find sources git buildx -type f ! -name lock ! -name "*.lock" 2>/dev/null',
          { check: false },
        )
      ).stdout,
    ).toBe('');
    expect(await images(builder)).toBe(before);
    await build(8, given);
  });
});
