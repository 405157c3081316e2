import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildService } from '../../../packages/core/src/build/build.ts';
import { loadProject } from '../../../packages/core/src/config/load.ts';
import { pushImage } from '../../../packages/core/src/image/push.ts';
import { makeImages } from '../../../packages/core/src/pipeline/images.ts';
import { placeAll } from '../../../packages/core/src/pipeline/place-all.ts';
import { deployService } from '../../../packages/core/src/service/deploy.ts';
import { leftovers } from '../../e2e/build-world.ts';
import { startRun } from '../../e2e/server-world.ts';
import type { Host } from '../../lab/host.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import type { Registry } from '../../lab/registry.ts';
import { hasBuildkit, loadBuildkit } from './buildkit-image.ts';

const available = await hasBuildkit();
const folder = mkdtempSync(join(tmpdir(), 'drayage-platforms-'));
const git = { sha: '3'.repeat(40), branch: 'main' };
let lab: Lab;
let registry: Registry;
let hosts: readonly Host[];

beforeAll(async () => {
  if (!available) return;
  lab = await startLab({ name: `platforms-${process.pid}`, log: () => undefined });
  const started = await Promise.all([
    lab.registry(),
    lab.host('pc', { docker: true }),
    lab.host('arm', { docker: true }),
  ]);
  registry = started[0];
  hosts = started.slice(1) as Host[];
  await Promise.all(hosts.map(loadBuildkit));
});
afterAll(async () => {
  await lab?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Two servers, of which the second says that it builds for arm64 too; the tree has no RUN, which would need a processor of that kind. */
async function projectOf(web: object) {
  const [pc, arm] = hosts;
  const { host, username, password } = registry;
  const text = JSON.stringify({
    project: 'shop',
    servers: {
      pc: { host: pc?.address, role: 'both', platforms: ['linux/amd64'] },
      arm: { host: arm?.address, role: 'build', platforms: ['linux/arm64', 'linux/arm/v7'] },
      node: { host: '192.0.2.1', role: 'deploy' },
    },
    registries: { [host]: { username, password, insecure: true } },
    services: { web: { image: `${host}/shop/web`, tags: ['sha', 'latest'], deploy: { servers: ['node'] }, ...web } },
  });
  return (await loadProject({ text, file: join(folder, 'drayage.yml'), git })).project;
}

async function build(web: object, commit = git) {
  await using run = startRun(hosts);
  const project = await projectOf(web);
  const built = await buildService(run.context, { project, service: 'web', git: commit });
  const pushed = await pushImage(run.context, { ...built, project, service: 'web', git: commit });
  await built.remember(pushed.digest);
  return { ...built, pushed, log: run.lines.join('\n') };
}

async function manifestOf(
  reference: string,
): Promise<Record<string, unknown> & { manifests: Record<string, unknown>[] }> {
  const authorization = `Basic ${Buffer.from(`${registry.username}:${registry.password}`).toString('base64')}`;
  const accept =
    'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json';
  const answer = await fetch(`http://${registry.host}/v2/shop/web/manifests/${reference}`, {
    headers: { authorization, accept },
  });
  expect(answer.status).toBe(200);
  return answer.json() as ReturnType<typeof manifestOf>;
}

describe.skipIf(!available)('an image for several platforms', () => {
  const platforms = ['linux/amd64', 'linux/arm64', 'linux/arm/v7'];
  const servers = ['pc', 'arm'];

  it('is built for each on its own server, side by side, and joined in one index under every tag', async () => {
    writeFileSync(
      join(folder, 'Dockerfile'),
      'FROM scratch\nARG TARGETPLATFORM\nCOPY a.txt /\nLABEL made.for=$TARGETPLATFORM\n',
    );
    writeFileSync(join(folder, 'a.txt'), 'one');
    const built = await build({ build: { servers, platforms } });
    expect(built.platforms).toEqual(platforms);
    expect(built.log).toContain('linux/amd64 on pc, linux/arm64 on arm, linux/arm/v7 on arm');
    expect(built.pushed.tags).toEqual(['333333333333', 'latest']);
    for (const tag of built.pushed.tags) {
      const index = await manifestOf(tag);
      expect(index.mediaType).toBe('application/vnd.oci.image.index.v1+json');
      expect(index.manifests.map(({ platform }) => platform)).toEqual([
        { architecture: 'amd64', os: 'linux' },
        { architecture: 'arm64', os: 'linux' },
        { architecture: 'arm', os: 'linux', variant: 'v7' },
      ]);
    }
    const [pc] = hosts;
    const pull = `echo ${registry.password} | docker login -u ${registry.username} --password-stdin ${registry.host}
docker pull --platform linux/arm64 ${built.pushed.pinnedImage} && rm -r /root/.docker
docker image inspect --format '{{.Architecture}} {{index .Config.Labels "made.for"}}' ${built.pushed.pinnedImage}`;
    expect((await pc?.exec(pull))?.stdout).toMatch(/^arm64 linux\/arm64$/m);
  });

  it('is not built again, and keeps its digest, while nothing differs', async () => {
    const first = await build({ build: { servers, platforms } });
    const again = await build({ build: { servers, platforms } });
    expect(again.log.match(/nothing is built/g)).toHaveLength(3);
    expect(again.pushed.digest).toBe(first.pushed.digest);
  });

  it('runs on, and the plan says so, when a commit changes nothing of it', async () => {
    const dockerfile = 'FROM busybox:1.37.0 AS amd64\nCMD ["sleep", "600"]\nFROM scratch AS arm64\nCOPY a.txt /\n';
    writeFileSync(join(folder, 'Dockerfile'), `${dockerfile}ARG TARGETARCH\nFROM $TARGETARCH\n`);
    const health = { command: 'true', interval: '200ms' };
    const web = {
      build: { servers, platforms: ['linux/amd64', 'linux/arm64'] },
      deploy: { servers: ['pc'], mode: 'standalone', health, 'stop-grace-period': '1s' },
    };
    const foreseen = async (sha: string) => {
      await using run = startRun(hosts);
      const project = await projectOf(web);
      const placements = await placeAll(run.context, project, project.services);
      const done = Promise.resolve();
      const request = { project, git: { sha, branch: 'main' }, isDirty: false, dryRun: true, placements };
      const gates = { reachable: done, ready: done, receivable: done };
      const [made] = await makeImages(run.context, request, project.services, gates);
      return { change: made?.change, log: run.lines.join('\n') };
    };
    const first = await build(web);
    await using run = startRun(hosts);
    const { pinnedImage } = first.pushed;
    const deployed = { project: await projectOf(web), service: 'web', image: pinnedImage, commit: git.sha };
    expect(await deployService(run.context, deployed)).toMatchObject({ status: 'done' });
    expect((await foreseen(git.sha)).change).toBeUndefined();
    const next = { sha: '4'.repeat(40), branch: 'main' };
    expect((await foreseen(next.sha)).change).toMatchObject({ field: 'image' });
    const again = await build(web, next);
    expect(again.log.match(/nothing is built/g)).toHaveLength(2);
    expect(again.pushed.pinnedImage).toBe(pinnedImage);
    const still = await foreseen(next.sha);
    expect(still.log).toContain('web: what runs was built from 4444444');
    expect(still.change).toBeUndefined();
  });

  it('leaves no tag behind when one platform fails, names its server, and ends the others', async () => {
    writeFileSync(
      join(folder, 'Dockerfile'),
      'FROM busybox:1.37.0 AS amd64\nRUN sleep 60\nFROM scratch AS arm64\nCOPY nothing-of-that-name /\nFROM $TARGETARCH\n'.replace(
        'FROM $',
        'ARG TARGETARCH\nFROM $',
      ),
    );
    const startedAt = Date.now();
    const failing = build({ tags: ['half'], build: { servers, platforms: ['linux/amd64', 'linux/arm64'] } });
    await expect(failing).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      message: expect.stringMatching(/^The build of web on arm failed/),
    });
    expect(Date.now() - startedAt).toBeLessThan(45_000);
    const authorization = `Basic ${Buffer.from(`${registry.username}:${registry.password}`).toString('base64')}`;
    expect(
      (await fetch(`http://${registry.host}/v2/shop/web/manifests/half`, { headers: { authorization } })).status,
    ).toBe(404);
    expect((await hosts[0]?.exec('pgrep -fa "[b]uildx build" || true'))?.stdout).toBe('');
  });

  it('is refused before anything is built where no server offers a platform, or there is no registry to join it in', async () => {
    await expect(build({ build: { servers, platforms: ['linux/amd64', 'linux/s390x'] } })).rejects.toMatchObject({
      code: 'BUILD_IMPOSSIBLE',
      message:
        'No build server of web offers linux/s390x (pc: linux/amd64; arm: linux/arm64, linux/arm/v7); nothing was built.',
    });
    await expect(build({ image: undefined, build: { servers, platforms } })).rejects.toMatchObject({
      code: 'BUILD_IMPOSSIBLE',
      message: expect.stringContaining('there is no registry to join their images in'),
    });
    // How the build ended that was cancelled before is kept for an hour.
    const left = (await Promise.all(hosts.map((host) => leftovers(host, [registry.password])))).join('\n').split('\n');
    expect(left.filter((line) => !/^$|\/jobs\/build-/.test(line))).toEqual([]);
  });
});
