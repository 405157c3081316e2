import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildService } from '../../../packages/core/src/build/build.ts';
import type { Project } from '../../../packages/core/src/config/model.ts';
import type { Context } from '../../../packages/core/src/context.ts';
import { localPrograms } from '../../../packages/core/src/host/local-programs.ts';
import { pushImage } from '../../../packages/core/src/image/push.ts';
import { makeAuthority, makeClient, makeServer } from '../../../packages/core/src/setup/buildkit/certificates.ts';
import { daemonItem } from '../../../packages/core/src/setup/buildkit/item.ts';
import { setupServers } from '../../../packages/core/src/setup/setup.ts';
import { tryHandshake } from '../../../packages/core/src/transport/tls-handshake.ts';
import { type BuildWorld, type Run, startBuildWorld } from '../../e2e/build-world.ts';
import { tool } from '../tools/tool.ts';
import { hasBuildkit, loadBuildkit } from './buildkit-image.ts';
import { attestationsOf, clientOf } from './registry.ts';

const git = { sha: '0123456789abcdef0123456789abcdef01234567', branch: 'main' };
const available = await hasBuildkit();
if (!available) console.log('Left out: BuildKit is compiled with Go, which is not here.');

/** This process stands outside of the network namespace of the server. */
describe.skipIf(!available)('a buildkitd that is reached over mutual TLS', () => {
  let world: BuildWorld;
  let address: string;
  /** With buildctl and docker, and an engine, that of the server, as this machine's. */
  let env: NodeJS.ProcessEnv;
  /** Where a runner keeps what a job needs for a while. */
  let temporary: string;
  const state = '/var/lib/drayage/buildkit';

  beforeAll(async () => {
    world = await startBuildWorld('drivers-remote');
    await loadBuildkit(world.builder);
    address = `tcp://${world.builder.address}:1234`;
    const bin = join(world.folder, '..', `drayage-bin-${process.pid}`);
    mkdirSync(bin, { recursive: true });
    symlinkSync((await tool('buildctl')) ?? '', join(bin, 'buildctl'));
    symlinkSync(join(world.builder.rootFolder, 'usr/bin/docker'), join(bin, 'docker'));
    temporary = mkdtempSync(join(tmpdir(), 'drayage-runner-'));
    env = {
      PATH: `${bin}:${process.env.PATH}`,
      RUNNER_TEMP: temporary,
      DOCKER_HOST: `unix://${world.builder.dockerSocket}`,
      HOME: world.folder,
    };
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  const project = (web: object, buildkit: object = {}, secrets: Record<string, string> = {}) =>
    world.project(web, { git, secrets, builder: { buildkit: { address, 'max-parallelism': 3, ...buildkit } } });

  /** What a run offers that reaches no server over SSH. */
  async function build(built: Project, { during, ...more }: { load?: boolean; during?: (run: Run) => unknown } = {}) {
    await using run = world.newRun();
    const context: Context = {
      ...run.context,
      connect: (name) => Promise.reject(new Error(`nothing may be connected to, not even ${name}`)),
      programs: async () => localPrograms(env, world.folder),
    };
    const [result] = await Promise.all([
      buildService(context, { project: built, service: 'web', git, ...more }),
      during?.(run),
    ]);
    return { ...result, log: run.lines.join('\n') };
  }

  const client = (name: string) => readFileSync(join(world.folder, '.drayage/buildkit-builder', name), 'utf8');
  const image = (path: string) => `${world.registry.host}/drivers/${path}`;

  it('is made by setup with certificates of its own, and left alone the second time', async () => {
    world.write({ Dockerfile: 'FROM busybox:1.37.0\n' });
    const before = await project({});
    await using run = world.newRun();
    const [report] = await setupServers(run.context, {
      project: before,
      servers: ['builder'],
      role: 'build',
      mode: 'auto',
    });
    expect(report?.changed).toEqual(expect.arrayContaining(['Start buildkitd: its certificate is new']));
    expect(report?.items).toContainEqual({
      item: 'buildkitd',
      ok: true,
      detail: expect.stringMatching(/^it answers; its certificate expires on 20/),
      cure: undefined,
    });
    const folder = join(world.folder, '.drayage/buildkit-builder');
    expect(readdirSync(folder).sort()).toEqual(['ca.pem', 'cert.pem', 'key.pem']);
    for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const there = await world.builder.exec(`cd ${state} && stat -c '%a %n' . daemon ca-key.pem daemon/server-key.pem`);
    expect(there.stdout.trim().split('\n')).toEqual([
      '700 .',
      '700 daemon',
      '600 ca-key.pem',
      '600 daemon/server-key.pem',
    ]);
    const key = client('key.pem');
    expect(run.lines.join('\n')).not.toContain(key.split('\n')[1]);
    const toml = await world.builder.exec('docker exec drayage-buildkitd cat /etc/buildkit/buildkitd.toml');
    expect(toml.stdout).toContain('max-parallelism = 3');
    // The authority's key is nothing for the daemon.
    expect((await world.builder.exec('docker exec drayage-buildkitd ls /etc/buildkit')).stdout).not.toContain('ca-key');

    await using second = world.newRun();
    const [again] = await setupServers(second.context, {
      project: await project({}),
      servers: ['builder'],
      role: 'build',
      mode: 'auto',
    });
    expect(again?.changed).toEqual([]);
    expect(client('key.pem')).toBe(key);
  });

  it('builds from another network namespace while no sshd runs there, and pushes by itself', async () => {
    await world.builder.exec('pkill sshd; for i in 1 2 3 4 5; do pgrep -x sshd || exit 0; sleep 0.2; done; exit 1');
    world.write({
      Dockerfile:
        'FROM busybox:1.37.0\nRUN --mount=type=secret,id=TOKEN sha256sum /run/secrets/TOKEN\nCOPY . /app\nUSER 1000\n',
      '.dockerignore': 'left-out\n!.drayage\n',
      'kept.txt': 'kept',
      'left-out': 'x',
    });
    const secrets = { TOKEN: 'token-of-the-remote' };
    const web = {
      image: image('remote'),
      tags: ['sha', 'latest'],
      build: { secrets: { TOKEN: '${{ secrets.TOKEN }}' } },
    };
    const built = await build(await project(web, {}, secrets));
    expect(built).toMatchObject({ image: `${image('remote')}:0123456789ab`, platforms: ['linux/amd64'], user: '1000' });
    await using registry = clientOf(world.registry);
    // The push step gives the tags: from here, since the server has no SSH.
    await using run = world.newRun();
    const pushed = { ...built, project: await project(web, {}, secrets), service: 'web', git };
    const connect = () => Promise.reject(new Error('nothing may be connected to'));
    expect(await pushImage({ ...run.context, connect }, pushed)).toMatchObject({ digest: built.digest });
    expect(await registry.digest('drivers/remote', 'latest')).toBe(built.digest);
    const pull = `export DOCKER_CONFIG=$(mktemp -d); trap 'rm -rf "$DOCKER_CONFIG"' EXIT
echo ${world.registry.password} | docker login -u lab --password-stdin ${world.registry.host} >/dev/null 2>&1 && docker pull -q ${image('remote')}@${built.digest} >/dev/null && docker run --rm ${image('remote')}@${built.digest} ls -A /app`;
    expect((await world.builder.exec(pull)).stdout.trim().split('\n')).toEqual(
      ['.dockerignore', 'Dockerfile', 'drayage.yml', 'kept.txt'].filter((file) => file !== 'drayage.yml'),
    );
  });

  describe('whose cable is pulled during a build', () => {
    /** What a packet filter does that answers for a host which is gone. */
    const cable = async (state: 'cut' | 'whole') => {
      const rules = ['sport', 'dport'].map(
        (end) =>
          `iptables ${state === 'cut' ? '-I' : '-D'} FORWARD -p tcp --${end} 1234 -j REJECT --reject-with tcp-reset`,
      );
      await world.builder.exec(rules.join(' && '));
    };
    /** Writes a build whose second step, unlike any before, counts seconds; each writes its first line but once. */
    const slow = (name: string, seconds: number) => {
      const count = `for i in $(seq ${seconds}); do echo "${name} at $i"; sleep 1; done`;
      world.write({ Dockerfile: `FROM busybox:1.37.0\nRUN echo ${name} begins\nRUN ${count}\n` });
    };
    const steps = async (name: string) =>
      (await world.builder.exec(`ps -eo args | grep -c 'echo "${name} a[t]' || true`)).stdout.trim();

    it('builds anew, with what was done out of the cache', async () => {
      slow('mended', 3);
      const during = async (run: Run) => {
        await run.printed(' mended at 1');
        await cable('cut');
        await sleep(1000);
        await cable('whole');
      };
      const built = await build(await project({ image: image('mended') }), { during });
      expect(built.log).toMatch(
        /the connection to buildkitd of builder broke \([^)]+\); the build begins anew when it answers\n[\s\S]*answers again at tcp:\S+: what was done comes out of its cache\n/,
      );
      expect(built.log).toMatch(/RUN echo mended begins\n+#\d+ CACHED/);
      await using registry = clientOf(world.registry);
      expect(await registry.manifest('drivers/mended', built.digest ?? '')).toBeDefined();
      expect(readdirSync(temporary)).toEqual([]);
    });

    it('and stays so: says so in a sentence, and leaves nothing here, there, or under a tag; a rerun succeeds', async () => {
      slow('gone', 6);
      const built = await project({ image: image('gone'), tags: ['latest'], build: { timeout: '6s' } });
      const during = (run: Run) => run.printed(' gone at 1').then(() => cable('cut'));
      await expect(build(built, { during })).rejects.toMatchObject({
        code: 'BUILDER_LOST',
        message: expect.stringMatching(
          /^The connection to buildkitd of builder at tcp:\S+ broke while it built web: .+\. Since then nothing answers \(connect ECONNREFUSED \S+:1234\)\.$/,
        ),
        hint: expect.stringContaining('Run again'),
      });
      expect(readdirSync(temporary)).toEqual([]);
      expect(await steps('gone')).toBe('0');
      await using registry = clientOf(world.registry);
      expect(await registry.manifest('drivers/gone', 'latest')).toBeUndefined();
      await cable('whole');
      slow('gone', 1);
      expect((await build(built)).digest).toMatch(/^sha256:/);
    });
  });

  it('builds a Dockerfile that stands in drayage.yml, with images and folders as named contexts', async () => {
    const text = await build(
      await project({
        source: { dockerfile: 'FROM base\n' },
        build: { contexts: { base: 'docker-image://busybox:1.37.0' } },
        image: image('rtext'),
      }),
    );
    expect(text.digest).toMatch(/^sha256:/);
    world.write({ Dockerfile: 'FROM busybox:1.37.0\nCOPY --from=shared one.txt /\n', 'shared/one.txt': 'one' });
    const named = await build(await project({ build: { contexts: { shared: 'shared' } }, image: image('rnamed') }));
    expect(named.digest).toMatch(/^sha256:/);
    world.remove('shared');
  });

  it('takes a cache to a registry, attests, limits steps, and tells where a build fails', async () => {
    world.write({ Dockerfile: 'FROM busybox:1.37.0\nRUN cat /proc/uptime > /made\n' });
    const cache = { from: [image('rcache:web')], to: [`type=registry,ref=${image('rcache:web')},mode=max`] };
    const attested = await build(await project({ image: image('rattested'), build: { cache, provenance: true } }));
    expect(attested.log).toContain('exporting cache to registry');
    expect(await attestationsOf(world.registry, 'drivers/rattested', attested.digest ?? '')).toEqual([
      expect.stringMatching(/^https:\/\/slsa\.dev\/provenance\//),
    ]);
    world.write({ Dockerfile: 'FROM busybox:1.37.0\nRUN dd if=/dev/zero of=/dev/null bs=300M count=1\n' });
    const limited = await project({ image: image('rlimited'), build: { resources: { memory: '128m' } } });
    await expect(build(limited)).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      at: { file: 'Dockerfile', line: 2 },
      hint: expect.stringContaining('build.resources.memory'),
    });
  });

  it('fetches a git repository by itself, with a token that stands in no command line', async () => {
    const repository = join(world.folder, 'repository');
    mkdirSync(join(repository, 'app'), { recursive: true });
    writeFileSync(join(repository, 'app/Dockerfile'), 'FROM busybox:1.37.0\nCOPY . /app\n');
    const run = (...args: string[]) => execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8' }).trim();
    run('init', '-q', '-b', 'main');
    run('add', '.');
    run('-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '-q', '-m', 'x');
    await using server = await gitServer(world, repository, 'git-token-71');
    const source = { git: server.url, ref: 'main', path: '/app', token: '${{ secrets.GIT }}' };
    const built = await build(await project({ source, image: image('rgit') }, {}, { GIT: 'git-token-71' }));
    expect(built.sourceCommit).toBe(run('rev-parse', 'HEAD'));
    expect(built.image).toBe(`${image('rgit')}:${built.sourceCommit?.slice(0, 12)}`);
    expect(built.log).not.toContain('git-token-71');
    await expect(
      build(await project({ source: { ...source, ref: 'gone' }, image: image('rgit') }, {}, { GIT: 'git-token-71' })),
    ).rejects.toMatchObject({
      code: 'GIT_REF_NOT_FOUND',
    });
  });

  it("loads the image into this machine's engine", async () => {
    world.write({ Dockerfile: 'FROM busybox:1.37.0\nCOPY kept.txt /\n' });
    const built = await build(await project({ tags: ['latest'] }), { load: true });
    const { stdout } = await world.builder.exec(['docker', 'run', '--rm', built.image, 'cat', '/kept.txt']);
    expect(stdout).toBe('kept');
    expect(built.digest).toBeUndefined();
    await expect(build(await project({ tags: ['latest'] }))).rejects.toMatchObject({
      code: 'BUILD_IMPOSSIBLE',
      message:
        'services.web.build.driver auto (here remote) leaves no image on a server, and services.web.image names no registry to push to.',
    });
  });

  it('accepts nobody without a certificate', async () => {
    const { hostname, port } = new URL(address.replace('tcp:', 'http:'));
    const result = await tryHandshake({ host: hostname, port: Number(port), ca: client('ca.pem') });
    expect(result).toEqual({ kind: 'refused', reason: expect.stringContaining('certificate required') });
  });

  it('says of certificates that do not fit what is wrong, each with its own code', async () => {
    const named = (parts: object = {}) =>
      project(
        { image: image('refused') },
        { ca: client('ca.pem'), cert: client('cert.pem'), key: '${{ secrets.KEY }}', ...parts },
        { KEY: client('key.pem') },
      );
    const stranger = await makeAuthority('another');
    const foreign = await makeClient(stranger, 'another');
    const authority = {
      cert: client('ca.pem'),
      key: (await world.builder.exec(['cat', `${state}/ca-key.pem`])).stdout,
    };
    const past = new Date(Date.now() - 2 * 365 * 86_400_000);
    const old = await makeClient(authority, 'old', past);

    // Of the client.
    await expect(
      build(
        await project(
          { image: image('refused') },
          { ca: client('ca.pem'), cert: foreign.cert, key: '${{ secrets.KEY }}' },
          { KEY: foreign.key },
        ),
      ),
    ).rejects.toMatchObject({
      code: 'BUILDER_CLIENT_REFUSED',
      message: expect.stringMatching(
        /does not accept the certificate in servers\.builder\.buildkit\.cert: .*(unknown|bad|certificate)/,
      ),
    });
    await expect(build(await named({ cert: foreign.cert }))).rejects.toMatchObject({
      code: 'BUILDER_CLIENT_REFUSED',
      message: 'servers.builder.buildkit.key is not the key of the certificate in servers.builder.buildkit.cert.',
    });
    await expect(
      build(
        await project(
          { image: image('refused') },
          { ca: client('ca.pem'), cert: old.cert, key: '${{ secrets.KEY }}' },
          { KEY: old.key },
        ),
      ),
    ).rejects.toMatchObject({
      code: 'BUILDER_CERTIFICATE_EXPIRED',
      message: expect.stringMatching(/^The certificate in servers\.builder\.buildkit\.cert expired on /),
    });
    // Of the server.
    await expect(build(await named({ ca: stranger.cert }))).rejects.toMatchObject({
      code: 'BUILDER_CERTIFICATE_UNTRUSTED',
    });
    const serve = async (pair: { cert: string; key: string }) => {
      await world.builder.exec(`cat > ${state}/daemon/server.pem`, { stdin: pair.cert });
      await world.builder.exec(
        `cat > ${state}/daemon/server-key.pem && docker restart -t 1 drayage-buildkitd && for i in $(seq 50); do docker exec drayage-buildkitd buildctl debug workers >/dev/null 2>&1 && exit 0; sleep 0.2; done; exit 1`,
        { stdin: pair.key },
      );
    };
    await serve(await makeServer(authority, ['elsewhere.example.com']));
    await expect(build(await named())).rejects.toMatchObject({
      code: 'BUILDER_CERTIFICATE_NAME',
      message: expect.stringContaining(`is not for ${world.builder.address}`),
    });
    await serve(await makeServer(authority, [world.builder.address], past));
    await expect(build(await named())).rejects.toMatchObject({ code: 'BUILDER_CERTIFICATE_EXPIRED' });
    const spec = (await named()).servers.builder?.buildkit;
    if (spec === undefined) throw new Error('no buildkit');
    const { signal } = new AbortController();
    expect(await daemonItem({ signal }, 'builder', spec)).toMatchObject({
      ok: false,
      cure: 'Run: drayage setup-build-server --servers builder',
    });
    await serve(await makeServer(authority, [world.builder.address], new Date(Date.now() - 330 * 86_400_000)));
    expect(await daemonItem({ signal }, 'builder', spec)).toMatchObject({
      ok: true,
      cure: expect.stringContaining('setup-build-server'),
    });
    await world.builder.exec('docker stop -t 1 drayage-buildkitd');
    await expect(build(await named())).rejects.toMatchObject({ code: 'BUILDER_UNREACHABLE' });
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('is given new certificates by setup, before they expire', async () => {
    await world.builder.exec('/usr/sbin/sshd -o UsePAM=no -o UseDNS=no');
    await using run = world.newRun();
    const [report] = await setupServers(run.context, {
      project: await project({}),
      servers: ['builder'],
      role: 'build',
      mode: 'auto',
    });
    expect(report?.changed).toEqual([
      expect.stringMatching(/^Make its certificate: it expires on /),
      'Start buildkitd: its certificate is new',
    ]);
    world.write({ Dockerfile: 'FROM busybox:1.37.0\nCOPY kept.txt /\n' });
    const built = await build(await project({ image: image('renewed') }));
    expect(built.digest).toMatch(/^sha256:/);
  });
});

/** A git server that wants this token, outside of the server's network namespace. */
async function gitServer(
  world: BuildWorld,
  repository: string,
  token: string,
): Promise<{ url: string } & AsyncDisposable> {
  const { createServer } = await import('node:http');
  const { spawn } = await import('node:child_process');
  const server = createServer((request, response) => {
    const password = Buffer.from((request.headers.authorization ?? '').replace(/^basic /i, ''), 'base64').toString();
    if (!password.endsWith(`:${token}`)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    const { pathname, search } = new URL(request.url ?? '/', 'http://git');
    const backend = spawn('git', ['http-backend'], {
      env: {
        ...process.env,
        GIT_PROJECT_ROOT: dirname(repository),
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: pathname.replace(/\.git\//, '/.git/'),
        QUERY_STRING: search.slice(1),
        REQUEST_METHOD: request.method ?? 'GET',
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
        HTTP_CONTENT_ENCODING: String(request.headers['content-encoding'] ?? ''),
      },
    });
    request.pipe(backend.stdin);
    const chunks: Buffer[] = [];
    backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    backend.once('close', () => {
      const answer = Buffer.concat(chunks);
      const end = answer.indexOf('\r\n\r\n');
      const fields = answer
        .subarray(0, end)
        .toString()
        .split('\r\n')
        .map((line) => line.split(': ') as [string, string]);
      const status = Number(fields.find(([name]) => name === 'Status')?.[1]?.slice(0, 3) ?? 200);
      response
        .writeHead(status, Object.fromEntries(fields.filter(([name]) => name !== 'Status')))
        .end(answer.subarray(end + 4));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, world.lab.gateway, resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://${world.lab.gateway}:${port}/repository.git`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
