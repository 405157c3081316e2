import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildService } from '../../packages/core/src/build/build.ts';
import { secret } from '../../packages/core/src/config/secret.ts';
import type { Context } from '../../packages/core/src/context.ts';
import { localPrograms } from '../../packages/core/src/host/local-programs.ts';
import { pushImage } from '../../packages/core/src/image/push.ts';
import { RegistryClient } from '../../packages/core/src/registry/client.ts';
import { connect } from '../../packages/core/src/transport/connect.ts';
import type { Server } from '../../packages/core/src/transport/server.ts';
import { type BuildWorld, leftovers, startBuildWorld } from './build-world.ts';

const git = { sha: '0123456789abcdef0123456789abcdef01234567', branch: 'main' };

let world: BuildWorld;

beforeAll(async () => {
  world = await startBuildWorld('engines');
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

/** Builds and pushes, twice, with a secret; returns what both times gave. */
async function twice(context: Context, text: string) {
  const dockerfile =
    'FROM busybox:1.37.0\nRUN --mount=type=secret,id=TOKEN sha256sum /run/secrets/TOKEN\nCOPY text.txt /\n';
  world.write({ Dockerfile: dockerfile, 'text.txt': text });
  const web = {
    // A tag of a commit stands for one image for good, and the accounts' images differ.
    image: `${world.registry.host}/engines/${text}`,
    tags: ['sha', 'latest'],
    build: { secrets: { TOKEN: '${{ secrets.TOKEN }}' } },
  };
  const project = await world.project(web, { git, secrets: { TOKEN: 'token-of-the-build' } });
  const results = [];
  for (let round = 0; round < 2; round += 1) {
    const built = await buildService(context, { project, service: 'web', git });
    const pushed = await pushImage(context, { project, service: 'web', server: 'builder', image: built.image, git });
    results.push({ id: built.imageId, digest: pushed.digest });
  }
  expect(await leftovers(world.builder, ['token-of-the-build', world.registry.password])).toBe('');
  return results;
}

describe.each([
  ['in the docker group', 'plain', 'docker-group'],
  ['with sudo', 'admin', 'sudo'],
])('an account %s', (_, user, privilege) => {
  it('builds and pushes', async () => {
    const { builder } = world;
    const publicKey = execFileSync('ssh-keygen', ['-y', '-f', builder.privateKeyPath], { encoding: 'utf8' });
    await builder.exec(
      `useradd --create-home --shell /bin/sh --password '*' ${user} && mkdir -p -m 700 ~${user}/.ssh && cat > ~${user}/.ssh/authorized_keys && chown -R ${user} ~${user}/.ssh`,
      { stdin: publicKey },
    );
    const rights =
      privilege === 'sudo'
        ? `echo '${user} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/${user}`
        : `usermod --append --groups docker ${user}`;
    await builder.exec(rights);
    await using run = world.newRun();
    const { report } = run.context;
    const { address, port, privateKey, hostKey } = builder;
    await using server: Server = await connect(
      { name: 'builder', host: address, port, user, auth: { privateKey }, hostKey, hostKeyPolicy: 'strict' },
      { report },
    );
    expect(server.account.privilege).toBe(privilege);
    const [first, second] = await twice({ ...run.context, connect: async () => server }, user);
    expect(second).toEqual(first);
  });
});

describe('the classic image store', () => {
  it.each<[string, object, string]>([
    [
      'cache.to',
      { cache: { to: ['example.com/acme/cache:web'] } },
      'a cache outside of the engine (type=registry,ref=example.com/acme/cache:web)',
    ],
    ['provenance', { provenance: true }, 'an attestation'],
    ['sbom', { sbom: true }, 'an attestation'],
  ])('refuses %s with the driver docker, before anything runs', async (key, keys, what) => {
    world.write({ Dockerfile: 'FROM scratch\n' });
    const build = { driver: 'docker', ...keys };
    const project = await world.project({ image: `${world.registry.host}/engines/web`, build }, { git });
    await using run = world.newRun();
    await expect(buildService(run.context, { project, service: 'web', git })).rejects.toMatchObject({
      code: 'BUILD_IMPOSSIBLE',
      message: `services.web.build.${key} asks for ${what}, and services.web.build.driver is docker: the engine of builder has the classic image store, which cannot.`,
    });
    expect(run.lines.filter((line) => line.startsWith('> Build'))).toEqual([]);
  });

  it('keeps a cache inside of the image, and hands images to the machine of the caller', async () => {
    world.write({ Dockerfile: 'FROM busybox:1.37.0\nRUN cat /proc/uptime > /made\n' });
    const image = `${world.registry.host}/engines/inline`;
    const web = {
      image,
      tags: ['latest'],
      build: { driver: 'docker', cache: { from: [`${image}:latest`], to: ['inline'] } },
    };
    const project = await world.project(web, { git });
    const laptop = await world.lab.host('laptop', { docker: true });
    const bin = join(world.folder, 'bin');
    mkdirSync(bin);
    symlinkSync(join(laptop.rootFolder, 'usr/bin/docker'), join(bin, 'docker'));
    const env = {
      PATH: `${bin}:${process.env.PATH}`,
      DOCKER_HOST: `unix://${laptop.dockerSocket}`,
      HOME: world.folder,
    };
    await using run = world.newRun();
    const context = { ...run.context, programs: async () => localPrograms(env, world.folder) };
    const built = await buildService(context, { project, service: 'web', git, load: true });
    const { stdout } = await laptop.exec(['docker', 'run', '--rm', built.image, 'cat', '/made']);
    const original = await world.builder.exec(['docker', 'run', '--rm', built.image, 'cat', '/made']);
    expect(stdout).toBe(original.stdout);
    await pushImage(run.context, { project, service: 'web', server: 'builder', image: built.image, git });
    await world.builder.exec(`docker rmi -f ${built.image} >/dev/null && docker builder prune -af >/dev/null`);
    const again = await buildService(run.context, { project, service: 'web', git });
    expect((await world.builder.exec(['docker', 'run', '--rm', again.image, 'cat', '/made'])).stdout).toBe(stdout);
  });
});

describe("containerd's image store", () => {
  it('gives the same image and digest twice', async () => {
    const { builder } = world;
    await builder.exec(
      `sed -i 's/^{/{ "features": { "containerd-snapshotter": true },/' /etc/docker/daemon.json && service docker restart`,
    );
    await builder.exec('for i in 1 2 3 4 5 6 7 8 9 10; do docker info > /dev/null 2>&1 && break; sleep 1; done');
    const { stdout } = await builder.exec(['docker', 'info', '--format', '{{.DriverStatus}}']);
    expect(stdout).toContain('io.containerd.snapshotter.v1');
    await using run = world.newRun();
    const [first, second] = await twice(run.context, 'containerd');
    expect(second).toEqual(first);
    expect(first?.id).toBe(first?.digest);
  });

  it('attests and exports a cache with the driver docker, and pushes nothing by digest', async () => {
    world.write({ Dockerfile: 'FROM busybox:1.37.0\nCOPY text.txt /\n', 'text.txt': 'attested' });
    const image = `${world.registry.host}/engines/attested`;
    const cache = { to: [`type=registry,ref=${image}:cache,mode=max`] };
    const web = { image, tags: ['latest'], build: { driver: 'docker', provenance: true, cache } };
    const project = await world.project(web, { git });
    await using run = world.newRun();
    const built = await buildService(run.context, { project, service: 'web', git });
    expect(built.platforms).toEqual(['linux/amd64']);
    expect(run.lines.join('\n')).toContain('exporting cache to registry');
    const pushed = await pushImage(run.context, {
      project,
      service: 'web',
      server: 'builder',
      image: built.image,
      git,
    });
    const { host, username, password } = world.registry;
    await using registry = new RegistryClient({ host, username, password: secret(password), insecure: true });
    const index = JSON.parse((await registry.manifest('engines/attested', pushed.digest))?.bytes.toString() ?? '{}');
    expect(index.manifests.map((each: { annotations?: object }) => each.annotations)).toContainEqual(
      expect.objectContaining({ 'vnd.docker.reference.type': 'attestation-manifest' }),
    );
    await expect(
      buildService(run.context, { project, service: 'web', git, output: 'push-by-digest' }),
    ).rejects.toMatchObject({ code: 'BUILD_IMPOSSIBLE', message: expect.stringContaining('pushed by digest') });
    expect([...(await registry.tags('engines/attested'))].sort()).toEqual(['cache', 'latest']);
  });
});
