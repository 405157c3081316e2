import { createHash } from 'node:crypto';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuildResult, buildService } from '../../../packages/core/src/build/build.ts';
import { guessType } from '../../../packages/core/src/build/types/detect.ts';
import { setupServers } from '../../../packages/core/src/setup/setup.ts';
import { type BuildWorld, leftovers, startBuildWorld } from '../../e2e/build-world.ts';
import { hasBuildkit, loadBuildkit } from '../builders/buildkit-image.ts';
import { attestationsOf, clientOf } from '../builders/registry.ts';
import { tool } from '../tools/tool.ts';
import { traces } from './image-traces.ts';
import { type ReleaseServer, startReleaseServer } from './releases.ts';

// railpack's own program plans, its own frontend builds. mise, which railpack downloads and asks for versions of languages, cannot be had
// without github.com: in its place stands a program that fails, and the source is a shell script, for which railpack asks nothing of it.

const program = await tool('railpack');
const withBuildkit = await hasBuildkit();
const miseVersion = 'mise-2026.3.9';
const git = { sha: '0123456789abcdef0123456789abcdef01234567', branch: 'main' };

let world: BuildWorld;
let mirror: ReleaseServer;

beforeAll(async () => {
  if (program === undefined) return;
  world = await startBuildWorld('railpack');
  mirror = await startReleaseServer(world.lab.gateway);
  mirror.add({ name: 'railpack', version: '0.20.0' }, program);
  const frontend = join(world.builder.rootFolder, 'root', 'frontend');
  mkdirSync(frontend);
  cpSync(program, join(frontend, 'railpack'));
  await world.builder.exec(`mkdir -p /tmp/railpack/mise
printf '#!/bin/sh\\necho "mise was asked: $*" >&2\\nexit 1\\n' > /tmp/railpack/mise/${miseVersion}
chmod 755 /tmp/railpack/mise/${miseVersion}
printf 'FROM scratch\\nCOPY railpack /usr/bin/railpack\\nENTRYPOINT ["/usr/bin/railpack", "frontend"]\\n' > /root/frontend/Dockerfile`);
});
afterAll(async () => {
  await mirror?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

/** Base images and the frontend under their names, in containerd's image store: railpack's frontend merges layers. */
async function prepareEngine(): Promise<void> {
  await world.builder.exec(
    `sed -i 's/^{/{ "features": { "containerd-snapshotter": true },/' /etc/docker/daemon.json && service docker restart && for i in 1 2 3 4 5 6 7 8 9 10; do docker info >/dev/null 2>&1 && break; sleep 1; done`,
  );
  await world.builder.exec(`docker pull -q debian:bookworm-slim
for name in ghcr.io/railwayapp/railpack-builder:${miseVersion} ghcr.io/railwayapp/railpack-runtime:${miseVersion} alpine:latest; do docker tag debian:bookworm-slim $name; done
docker build -q -t ghcr.io/railwayapp/railpack-frontend:v0.20.0 /root/frontend`);
}

const web = (build: object) => ({ image: `${world.registry.host}/railpack/web`, build });

async function build(service: object, secrets: Record<string, string> = {}): Promise<BuildResult & { log: string }> {
  await using run = world.newRun();
  const project = await world.project(service, { git, secrets });
  const built = await buildService(run.context, { project, service: 'web', git }).catch((error: unknown) => {
    throw Object.assign(error as Error, { log: run.lines.join('\n') });
  });
  return { ...built, log: run.lines.join('\n') };
}

describe.skipIf(program === undefined)('railpack', () => {
  it('is missed in one sentence', async () => {
    world.write({ 'start.sh': '#!/bin/bash\necho "I am $0"\nsleep 600\n' });
    await expect(build(web({ type: 'railpack' }))).rejects.toMatchObject({
      code: 'BUILD_TOOL_MISSING',
      message: 'builder has no railpack 0.20.0, which builds web: build.type is railpack.',
      hint: 'drayage setup-build-server',
    });
    await expect(build(web({}))).rejects.toMatchObject({
      message: 'builder has no railpack 0.20.0, which builds web: the source has no Dockerfile, so railpack builds it.',
    });
  });

  it('is installed by setup where a service wants it, once, and only with the right checksum', async () => {
    await using run = world.newRun();
    const project = await world.project(web({}), { git });
    const request = {
      project,
      servers: ['builder'],
      mode: 'auto',
      typeOf: guessType(project),
      toolsMirror: mirror.url,
    } as const;
    const archive = 'railwayapp/railpack/releases/download/v0.20.0/checksums.txt';
    mirror.put(archive, Buffer.from(`${'0'.repeat(64)}  railpack-v0.20.0-x86_64-unknown-linux-musl.tar.gz\n`));
    await expect(setupServers(run.context, request)).rejects.toMatchObject({
      code: 'SETUP_FAILED',
      message: expect.stringContaining('Nothing was installed.'),
    });
    mirror.add({ name: 'railpack', version: '0.20.0' }, program ?? '');
    const [first] = await setupServers(run.context, request);
    expect(first?.changed).toEqual(['Install railpack 0.20.0']);
    const asked = mirror.asked.length;
    const [second] = await setupServers(run.context, request);
    expect(second?.changed).toEqual([]);
    expect(second?.items).toContainEqual({ item: 'railpack', ok: true, detail: '0.20.0' });
    expect(mirror.asked).toHaveLength(asked);
  });

  it('is refused by an engine with the classic image store, where that is the only one allowed', async () => {
    await expect(build(web({ type: 'railpack', driver: 'docker' }))).rejects.toMatchObject({
      code: 'BUILD_IMPOSSIBLE',
      message:
        'services.web.build.type railpack merges layers, and services.web.build.driver is docker: the engine of builder has the classic image store, which cannot.',
      hint: expect.stringContaining('containerd-snapshotter'),
    });
  });

  it.skipIf(!withBuildkit)(
    'is built in a container of its own there, up to the base image that cannot be pulled here',
    async () => {
      const { builder, registry } = world;
      await loadBuildkit(builder);
      const frontend = `${registry.host}/railpack-frontend:v0.20.0`;
      await builder.exec(`docker build -q -t ${frontend} /root/frontend
echo ${registry.password} | docker login -u ${registry.username} --password-stdin ${registry.host} 2>/dev/null
docker push -q ${frontend} && rm /root/.docker/config.json`);
      const failed = await build(web({ type: 'railpack', version: frontend })).catch((error: unknown) => error);
      expect(failed).toMatchObject({
        code: 'REGISTRY_UNREACHABLE',
        message: expect.stringMatching(/ghcr\.io\/v2\/railwayapp\/railpack-(?:builder|runtime)/),
        log: expect.stringContaining('making the builder drayage'),
      });
      // The frontend itself was pulled, ran, and had its plan accepted.
      expect(failed).toMatchObject({
        log: expect.stringMatching(/\[railpack\] merge|docker-image:\/\/ghcr\.io\/railwayapp\/railpack-runtime/),
      });
    },
  );

  it.skipIf(!withBuildkit)('has the labels of every image where it was pushed by its digest', async () => {
    const { builder, registry } = world;
    // A mirror of ghcr.io, as far as it is needed.
    await builder.exec(`docker pull -q debian:bookworm-slim
echo ${registry.password} | docker login -u ${registry.username} --password-stdin ${registry.host} 2>/dev/null
for kind in builder runtime; do
  name=${registry.host}/railwayapp/railpack-$kind:${miseVersion}
  docker tag debian:bookworm-slim $name && docker push -q $name
done
rm /root/.docker/config.json
docker exec buildx_buildkit_drayage0 sh -c 'printf "[registry.\\"ghcr.io\\"]\\n  mirrors = [\\"${registry.host}\\"]\\n" >> /etc/buildkit/buildkitd.toml'
docker restart -t 1 buildx_buildkit_drayage0`);
    const version = `${registry.host}/railpack-frontend:v0.20.0`;
    const built = await build(
      web({ type: 'railpack', version, driver: 'container', provenance: true, labels: { a: 'b $c' } }),
    );
    expect(built.digest).toMatch(/^sha256:/);
    await using client = clientOf(registry);
    const index = JSON.parse((await client.manifest('railpack/web', built.digest ?? ''))?.bytes.toString() ?? '{}');
    const [{ digest }] = index.manifests;
    const { config } = JSON.parse((await client.manifest('railpack/web', digest))?.bytes.toString() ?? '{}');
    const image = JSON.parse((await client.blob('railpack/web', config.digest))?.toString() ?? '{}');
    expect(image.config.Labels).toMatchObject({
      a: 'b $c',
      'dev.drayage.project': 'shop',
      'dev.drayage.service': 'web',
      'org.opencontainers.image.revision': git.sha,
    });
    expect(image.config).toMatchObject({ Cmd: ['bash start.sh'], WorkingDir: '/app' });
    expect(await attestationsOf(registry, 'railpack/web', built.digest ?? '')).toHaveLength(1);
  });

  it('builds what has no Dockerfile, says why, and keeps variables and secrets out of it', async () => {
    await prepareEngine();
    const service = web({
      env: { GREETING: 'greeting-of-the-build' },
      secrets: { TOKEN: '${{ secrets.TOKEN }}' },
      command: 'printf "$TOKEN $GREETING" | sha256sum > made; cat /proc/uptime > made-at',
    });
    const built = await build(service, { TOKEN: 'token-of-the-build' });
    expect(built.log).toContain('web: build.type is railpack, because none is named and the source has no Dockerfile.');
    expect(built.log).toContain('Detected Shell');
    expect(built.platforms).toEqual(['linux/amd64']);
    const { builder } = world;
    const seen = createHash('sha256').update('token-of-the-build greeting-of-the-build').digest('hex');
    expect((await builder.exec(['docker', 'run', '--rm', built.image, 'cat made'])).stdout).toBe(`${seen}  -\n`);
    const labels = JSON.parse(
      (await builder.exec(['docker', 'inspect', '-f', '{{json .Config.Labels}}', built.image])).stdout,
    );
    expect(labels).toMatchObject({ 'dev.drayage.service': 'web', 'org.opencontainers.image.revision': git.sha });
    const hidden = ['token-of-the-build', 'greeting-of-the-build'];
    expect(await traces(builder, built.image, hidden)).toEqual([]);
    for (const text of hidden) expect(built.log).not.toContain(text);
    expect(await leftovers(builder, hidden)).toBe('');
    expect((await builder.exec('docker image ls --format "{{.Repository}}" | grep interim || true')).stdout).toBe('');
    const again = await build(service, { TOKEN: 'token-of-the-build' });
    expect(again.imageId).toBe(built.imageId);
    const other = await build(service, { TOKEN: 'another-token' });
    expect(other.imageId).not.toBe(built.imageId);
    const anew = await build(web({ ...service.build, 'no-cache': true }), { TOKEN: 'another-token' });
    expect(anew.log).not.toMatch(/sha256sum.*\n+#\d+ CACHED/);
    expect(anew.imageId).not.toBe(other.imageId);
  });

  it('fails with what railpack says', async () => {
    world.write({ 'package.json': '{ "scripts": { "start": "node ." } }' });
    await expect(build(web({ type: 'railpack' }))).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      message: expect.stringContaining('railpack cannot plan the build of web on builder: Failed to'),
    });
  });
});
