import { generateKeyPairSync } from 'node:crypto';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildService } from '../../../packages/core/src/build/build.ts';
import { buildkitImage } from '../../../packages/core/src/config/normalise/buildkit.ts';
import { Push } from '../../../packages/core/src/image/push.ts';
import { type BuildWorld, leftovers, type ProjectOptions, startBuildWorld } from '../../e2e/build-world.ts';
import { hasBuildkit, loadBuildkit } from './buildkit-image.ts';
import { attestationsOf, clientOf } from './registry.ts';

const git = { sha: '0123456789abcdef0123456789abcdef01234567', branch: 'main' };
const available = await hasBuildkit();
if (!available) console.log('Left out: BuildKit is compiled with Go, which is not here.');

describe.skipIf(!available)('a BuildKit in a container on the build server', () => {
  let world: BuildWorld;

  beforeAll(async () => {
    world = await startBuildWorld('drivers-container');
    await loadBuildkit(world.builder);
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  async function build(web: object, more: ProjectOptions & { output?: 'push-by-digest' } = {}) {
    const { output, ...options } = more;
    const project = await world.project(web, { git, ...options });
    await using run = world.newRun();
    const built = await buildService(run.context, { project, service: 'web', git, output });
    // What is printed comes in pieces.
    return { built, project, log: run.lines.join('\n'), output: run.lines.join('') };
  }

  const image = (path: string) => `${world.registry.host}/drivers/${path}`;

  it('pushes by itself what the engine never has, and tells what is in the registry', async () => {
    world.write({
      Dockerfile:
        'FROM busybox:1.37.0\nRUN --mount=type=secret,id=TOKEN sha256sum /run/secrets/TOKEN\nCOPY text.txt /\nUSER 1000\n',
      'text.txt': 'one',
    });
    const secrets = { TOKEN: 'token-of-the-container' };
    const web = {
      image: image('web'),
      tags: ['sha', 'latest'],
      build: { driver: 'container', secrets: { TOKEN: '${{ secrets.TOKEN }}' } },
    };
    const { built, project, log } = await build(web, { secrets });
    expect(log).toContain('making the builder drayage');
    expect(log).toContain(`web: pushed as ${image('web')}@${built.digest}`);
    expect(built).toMatchObject({
      image: `${image('web')}:0123456789ab`,
      imageId: built.digest,
      platforms: ['linux/amd64'],
      user: '1000',
    });
    await using registry = clientOf(world.registry);
    expect(await registry.tags('drivers/web')).toEqual([]);
    expect((await world.builder.exec(['docker', 'images', '--quiet', image('web')])).stdout).toBe('');
    expect(await leftovers(world.builder, [secrets.TOKEN, world.registry.password])).toBe('');
    // The push step finds it there.
    await using run = world.newRun();
    await using push = new Push(run.context, { project, service: 'web', server: 'builder', git });
    expect(await push.finish(built)).toMatchObject({ digest: built.digest, tags: ['0123456789ab', 'latest'] });
    expect(await registry.digest('drivers/web', 'latest')).toBe(built.digest);
    expect(run.lines).toContain(`> Check web in ${world.registry.host}`);
  });

  it('is known to buildx under its name, with its settings, and is made again when they change; the cache stays', async () => {
    const web = { image: image('web'), build: { secrets: { TOKEN: '${{ secrets.TOKEN }}' } } };
    const secrets = { TOKEN: 'token-of-the-container' };
    // Settings of the server ask for the container without the driver being named.
    const { log } = await build(web, {
      secrets,
      builder: { buildkit: { 'keep-storage': '3g', 'max-parallelism': 2 } },
    });
    expect(log).toContain('making the builder drayage');
    expect(log).toMatch(/\[stage-0 2\/3\] RUN .*\n(.*\n)*?.*CACHED/);
    const inspect = await world.builder.exec('BUILDX_CONFIG=/var/lib/drayage/buildx docker buildx inspect drayage');
    expect(inspect.stdout).toMatch(/Driver: +docker-container/);
    expect(inspect.stdout).toMatch(new RegExp(`Driver Options: .*image="${buildkitImage}"`));
    const config = await world.builder.exec('docker exec buildx_buildkit_drayage0 cat /etc/buildkit/buildkitd.toml');
    expect(config.stdout).toMatch(/max-parallelism = 2/);
    expect(config.stdout).toMatch(new RegExp(`maxUsedSpace = ${3 * 1024 ** 3}`));
    const again = await build(web, { secrets, builder: { buildkit: { 'keep-storage': '3g', 'max-parallelism': 2 } } });
    expect(again.log).not.toContain('making the builder');
  });

  it('comes back after a reboot, with its cache', async () => {
    await world.builder.restart();
    const web = { image: image('web'), build: { driver: 'container', secrets: { TOKEN: '${{ secrets.TOKEN }}' } } };
    const options = { secrets: { TOKEN: 'token-of-the-container' } };
    const { log } = await build(web, {
      ...options,
      builder: { buildkit: { 'keep-storage': '3g', 'max-parallelism': 2 } },
    });
    expect(log).not.toContain('making the builder');
    expect(log).toMatch(/\[stage-0 2\/3\] RUN .*\n(.*\n)*?.*CACHED/);
  });

  it('hands an image without a registry to the engine', async () => {
    world.write({ Dockerfile: 'FROM busybox:1.37.0\nCOPY text.txt /\n', 'text.txt': 'for the engine' });
    const { built } = await build({ tags: ['latest'], build: { driver: 'container' } });
    expect(built.digest).toBeUndefined();
    const { stdout } = await world.builder.exec(['docker', 'run', '--rm', built.imageId, 'cat', '/text.txt']);
    expect(stdout).toBe('for the engine');
    const named = await world.builder.exec(['docker', 'image', 'inspect', '--format', '{{.Id}}', built.image]);
    expect(named.stdout.trim()).toBe(built.imageId);
  });

  it('pushes without any tag, for an index that is made later', async () => {
    const { built } = await build({ image: image('parts') }, { output: 'push-by-digest', builder: { buildkit: {} } });
    expect(built.image).toBe(`${image('parts')}@${built.digest}`);
    await using registry = clientOf(world.registry);
    expect(await registry.tags('drivers/parts')).toEqual([]);
    expect((await registry.manifest('drivers/parts', built.digest ?? ''))?.digest).toBe(built.digest);
  });

  it('speaks with a registry that has an authority of its own', async () => {
    const secure = await world.lab.registry({ tls: true });
    const { host, username, password, ca } = secure;
    const registries = { [host]: { username, password, ca } };
    const { built } = await build({ image: `${host}/drivers/tls`, build: { driver: 'container' } }, { registries });
    await using registry = clientOf(secure);
    expect(await registry.digest('drivers/tls', built.digest ?? '')).toBe(built.digest);
  });

  it('keeps a cache in a registry, from which another builder builds', async () => {
    world.write({
      Dockerfile: 'FROM busybox:1.37.0\nRUN cat /proc/uptime > /made\nCOPY text.txt /\n',
      'text.txt': 'a',
    });
    const cache = { from: [image('cache:web')], to: [`type=registry,ref=${image('cache:web')},mode=max`] };
    const first = await build({ image: image('cached'), build: { cache } });
    expect(first.log).toContain('exporting cache to registry');
    await world.builder.exec('BUILDX_CONFIG=/var/lib/drayage/buildx docker buildx rm drayage');
    world.write({ 'text.txt': 'b' });
    const second = await build({ image: image('cached'), build: { cache } });
    expect(second.log).toContain('making the builder drayage');
    expect(second.log).toMatch(/importing cache manifest from .*cache:web/);
    await using registry = clientOf(world.registry);
    const layers = async (digest = '') => {
      const manifest = await registry.manifest('drivers/cached', digest);
      return JSON.parse(manifest?.bytes.toString() ?? '{}').layers.map((layer: { digest: string }) => layer.digest);
    };
    const [one, two] = [await layers(first.built.digest), await layers(second.built.digest)];
    // What the step wrote is the time: had it run again, its layer would be another.
    expect(two[1]).toBe(one[1]);
    expect(two[2]).not.toBe(one[2]);
  });

  it('attests where the image comes from and what is in it', async () => {
    // BuildKit's protocol for generators (moby/buildkit, docs/attestations/sbom-protocol.md), spoken by a shell script.
    const statement = JSON.stringify({
      _type: 'https://in-toto.io/Statement/v0.1',
      predicateType: 'https://spdx.dev/Document',
      predicate: { SPDXID: 'SPDXRef-DOCUMENT', spdxVersion: 'SPDX-2.3', name: 'lab' },
    });
    const scanner = image('scanner:1');
    await world.builder.exec(
      `mkdir -p /root/scanner && cd /root/scanner && cat > statement.json && printf 'FROM busybox:1.37.0\\nCOPY statement.json /\\nENTRYPOINT ["sh", "-c", "test -e $BUILDKIT_SCAN_SOURCE/text.txt && cp /statement.json $BUILDKIT_SCAN_DESTINATION/sbom.spdx.json"]\\n' > Dockerfile &&
docker build -q -t ${scanner} . && export DOCKER_CONFIG=$(mktemp -d) && echo ${world.registry.password} | docker login -u lab --password-stdin ${world.registry.host} 2>/dev/null && docker push -q ${scanner}; status=$?; rm -rf "$DOCKER_CONFIG"; exit $status`,
      { stdin: statement },
    );
    const { built } = await build({ image: image('attested'), build: { provenance: true, sbom: scanner } });
    expect(built.platforms).toEqual(['linux/amd64']);
    expect(await attestationsOf(world.registry, 'drivers/attested', built.digest ?? '')).toEqual([
      expect.stringMatching(/^https:\/\/slsa\.dev\/provenance\//),
      'https://spdx.dev/Document',
    ]);
  });

  it("names the scanner's image where BuildKit's own cannot be had", async () => {
    const failure = build({ image: image('attested'), build: { sbom: true } });
    await expect(failure).rejects.toMatchObject({ message: expect.stringContaining('docker/buildkit-syft-scanner') });
  });

  it('limits what a build may use', async () => {
    world.write({ Dockerfile: 'FROM busybox:1.37.0\nRUN dd if=/dev/zero of=/dev/null bs=400M count=1\n' });
    const limited = build({ image: image('limited'), build: { resources: { cpus: '0.5', memory: '256m' } } });
    await expect(limited).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      hint: expect.stringContaining('build.resources.memory'),
    });
    const limits = await world.builder.exec([
      ...['docker', 'inspect', '--format', '{{.HostConfig.Memory}} {{.HostConfig.CpuQuota}} {{.HostConfig.CpuPeriod}}'],
      'buildx_buildkit_drayage-cpus0.5-memory256m0',
    ]);
    expect(limits.stdout.trim()).toBe(`${256 * 1024 ** 2} 50000 100000`);
  });

  it("forwards a key as an SSH agent, and keeps a step from the network; so does the engine's own BuildKit", async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    const parsed = ssh2.utils.parseKey(key);
    if (parsed instanceof Error) throw parsed;
    const publicKey = parsed.getPublicSSH().toString('hex');
    // Asks the agent for its keys (draft-ietf-sshm-ssh-agent, SSH_AGENTC_REQUEST_IDENTITIES).
    const ask = `use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0); connect(S, pack_sockaddr_un($ENV{SSH_AUTH_SOCK})) or die $!;
syswrite(S, "\\0\\0\\0\\1\\x0b"); sysread(S, $head, 4); $left = unpack("N", $head);
while ($left > 0 && ($read = sysread(S, $answer, $left, length($answer // "")))) { $left -= $read }
print unpack("H*", $answer), "\\n";`;
    world.write({
      'ask.pl': ask,
      Dockerfile: `FROM debian:bookworm-slim\nCOPY ask.pl /\nRUN --mount=type=ssh perl /ask.pl\nRUN echo interfaces: $(ls /sys/class/net)\n`,
    });
    for (const driver of ['container', 'docker']) {
      const web = { image: image('ssh'), build: { driver, ssh: ['default=${{ secrets.KEY }}'], network: 'none' } };
      const { output } = await build(web, { secrets: { KEY: key } });
      expect(output, driver).toContain(publicKey);
      expect(output, driver).toMatch(/interfaces: lo\n/);
    }
    expect(await leftovers(world.builder, ['BEGIN RSA PRIVATE KEY'])).toBe('');
  });
});
