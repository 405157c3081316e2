import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildService } from '../../packages/core/src/build/build.ts';
import type { Context } from '../../packages/core/src/context.ts';
import { pushImage } from '../../packages/core/src/image/push.ts';
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
    image: `${world.registry.host}/engines/web`,
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
});
