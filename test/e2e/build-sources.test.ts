import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildService } from '../../packages/core/src/build/build.ts';
import type { DrayageError } from '../../packages/core/src/errors/drayage-error.ts';
import { setupServers } from '../../packages/core/src/setup/setup.ts';
import { type GitServer, startGitServer } from '../demo/git-server.ts';
import { type LfsServer, lfsServer } from '../support/lfs-server.ts';
import { ownDisk } from './bad-days/small-disk.ts';
import { type BuildWorld, leftovers, type ProjectOptions, startBuildWorld } from './build-world.ts';

const token = 'ghp_4c9tokenOfTheSources';

let world: BuildWorld;
let server: GitServer;
let lfs: LfsServer;

beforeAll(async () => {
  world = await startBuildWorld('sources');
  lfs = lfsServer();
  server = await startGitServer({
    address: world.lab.gateway,
    folder: join(world.folder, 'served'),
    token,
    // As the large hosts answer for what a token may not see.
    first: (request, response) => {
      if (lfs.handle(request, response)) return true;
      if (request.url?.startsWith('/locked.git') !== true) return false;
      response.writeHead(404).end('Repository not found.');
      return true;
    },
  });
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

const secrets = { TOKEN: token, PASS: 'build-time-secret' };

async function build(source: object, keys: object = {}, options: ProjectOptions = {}) {
  await using run = world.newRun();
  const project = await world.project({ source, build: keys, tags: ['sha'] }, { secrets, ...options });
  const result = await buildService(run.context, { project, service: 'web', git: {} });
  return { ...result, lines: run.lines.join('\n') };
}

const inImage = async (image: string, command: string) =>
  (await world.builder.exec(['docker', 'run', '--rm', image, 'sh', '-c', command])).stdout;

const sh = (script: string) => execFileSync('sh', ['-ec', script], { cwd: world.folder, encoding: 'utf8' }).trim();

const dockerfile = 'FROM busybox:1.37.0\nCOPY . /src\n';

/** Commits files to a repository on the git server, submodules by path, and returns the commit. */
function commit(
  name: string,
  files: Record<string, string>,
  submodules: Record<string, [url: string, sha: string]> = {},
): string {
  const folder = join(world.folder, 'work', name);
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args], {
      encoding: 'utf8',
    }).trim();
  mkdirSync(folder, { recursive: true });
  git('init', '--quiet', '--initial-branch=main');
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  if (Object.keys(files).length > 0) git('add', ...Object.keys(files));
  for (const [path, [url, sha]] of Object.entries(submodules)) {
    git('config', '-f', '.gitmodules', `submodule.the ${path}.path`, path);
    git('config', '-f', '.gitmodules', `submodule.the ${path}.url`, url);
    git('add', '.gitmodules');
    git('update-index', '--add', '--cacheinfo', `160000,${sha},${path}`);
  }
  git('commit', '--quiet', '--allow-empty', '--message', 'change');
  git('push', '--quiet', '--force', join(world.folder, 'served', `${name}.git`), 'HEAD:main');
  return git('rev-parse', 'HEAD');
}

const withToken = (name: string, more: object = {}) => ({
  git: server.url(name),
  ref: 'main',
  token: '${{ secrets.TOKEN }}',
  ...more,
});

/** Builds whose LFS server hangs, begun early: they wait while others build. */
let hanging: Promise<readonly Hanging[]>;

interface Hanging {
  readonly name: string;
  readonly error: unknown;
  readonly seconds: number;
}

function beginHanging(): Promise<readonly Hanging[]> {
  server.create('silent');
  commit('silent', { '.gitattributes': '*.bin filter=lfs\n', 'a.bin': lfs.put('never told of') });
  lfs.silent.add('silent.git');
  server.create('stalled');
  commit('stalled', {
    '.gitattributes': '*.bin filter=lfs\n',
    'a.bin': lfs.put('half of it comes'.repeat(10_000), true),
  });
  return Promise.all(
    ['silent', 'stalled'].map(async (name) => {
      const began = performance.now();
      const error: unknown = await build(withToken(name, { lfs: true })).catch((fault: unknown) => fault);
      return { name, error, seconds: (performance.now() - began) / 1000 };
    }),
  );
}

describe('a repository with large files', () => {
  it('is refused without git-lfs, which setup installs', async () => {
    server.create('large');
    commit('large', {
      Dockerfile: 'FROM busybox:1.37.0\nCOPY . /src\n',
      '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
      'a.bin': lfs.put('content of a'),
    });
    const source = withToken('large', { lfs: true });
    await expect(build(source)).rejects.toMatchObject({ code: 'GIT_MISSING', hint: 'drayage setup-build-server' });
    await using run = world.newRun();
    const project = await world.project({ source }, { secrets });
    const [report] = await setupServers(run.context, { project, servers: ['builder'], mode: 'auto' });
    expect(report?.changed).toContain('Install git-lfs');
    expect(report?.items).toContainEqual({ item: 'git-lfs', ok: true, detail: 'installed' });
    hanging = beginHanging();
  });

  it('is built with their content, each fetched once', async () => {
    const built = await build(withToken('large', { lfs: true }));
    expect(await inImage(built.image, 'cat /src/a.bin')).toBe('content of a');
    const again = [lfs.batches(), lfs.downloads()];
    commit('large', { other: 'x' });
    await build(withToken('large', { lfs: true }));
    expect([lfs.batches(), lfs.downloads()]).toEqual(again);
    const pointers = await build(withToken('large'));
    expect(await inImage(pointers.image, 'head -n 1 /src/a.bin')).toContain('git-lfs.github.com');
    expect(pointers.lines).toContain('without source.lfs they are pointers');
  });

  it('has large files in submodules too', async () => {
    server.create('outer');
    const sha = commit('large', {});
    commit('outer', { Dockerfile: dockerfile }, { assets: ['../large.git', sha] });
    const built = await build(withToken('outer', { submodules: true, lfs: true }));
    expect(await inImage(built.image, 'cat /src/assets/a.bin')).toBe('content of a');
  });

  it('is fetched by a deploy key as well', async () => {
    const { builder } = world;
    sh("ssh-keygen -q -t ed25519 -N '' -f deploy-key </dev/null");
    const key = readFileSync(join(world.folder, 'deploy-key'), 'utf8');
    const address = server.url('large');
    // What an LFS server has beside sshd (docs/api/authentication.md): it tells where the files are, and a token for there.
    const answer = JSON.stringify({
      href: `${address}/info/lfs`,
      header: { Authorization: `Basic ${Buffer.from(`lfs:${token}`).toString('base64')}` },
    });
    await builder.exec(
      `git clone --quiet --bare http://git:${token}@${address.slice('http://'.length)} /srv/large.git
printf '#!/bin/sh\necho %s\n' '${answer.replace(/"/g, '\\"')}' >/usr/local/bin/git-lfs-authenticate
chmod 755 /usr/local/bin/git-lfs-authenticate
mkdir -p ~/.ssh && cat >>~/.ssh/authorized_keys`,
      { stdin: readFileSync(join(world.folder, 'deploy-key.pub'), 'utf8') },
    );
    const source = {
      git: `ssh://root@${builder.address}/srv/large.git`,
      ref: 'main',
      lfs: true,
      key: '${{ secrets.KEY }}',
    };
    const built = await build(source, {}, { secrets: { KEY: key } });
    expect(await inImage(built.image, 'cat /src/a.bin')).toBe('content of a');
    await builder.exec('rm -rf /srv/large.git');
  });

  it('says when the server does not have one', async () => {
    commit('large', { 'a.bin': lfs.put('unknown').replace(/oid sha256:../, 'oid sha256:00') });
    await expect(build(withToken('large', { lfs: true }))).rejects.toMatchObject({
      code: 'GIT_FETCH_FAILED',
      message: expect.stringContaining('cannot fetch the large files (LFS) of'),
      hint: 'Push what is missing: git lfs push --all <remote>.',
    });
  });
});

describe('a build from an archive', () => {
  const source = { archive: 'site.tar.gz' };

  it('has what is in it, without the folder at its top', async () => {
    world.write({
      'site-1.0/Dockerfile': 'FROM busybox:1.37.0\nCOPY . /src\n',
      'site-1.0/.dockerignore': 'secret.txt\n',
      'site-1.0/secret.txt': 'stays at home',
      'site-1.0/run.sh': '#!/bin/sh\necho ran\n',
      'site-1.0/data/large.bin': randomBytes(1_500_000).toString('hex'),
      'site-1.0/data/text.txt': 'one',
    });
    sh('chmod 755 site-1.0/run.sh; ln -s run.sh site-1.0/link; ln site-1.0/data/large.bin site-1.0/again.bin');
    sh('tar -czf site.tar.gz site-1.0');
    const built = await build(source);
    expect(
      await inImage(
        built.image,
        'cd /src; ls -A; ./link; cat data/text.txt; cmp again.bin data/large.bin && stat -c %a run.sh',
      ),
    ).toBe('.dockerignore\nDockerfile\nagain.bin\ndata\nlink\nrun.sh\nran\none755\n');
    expect(built.lines).toContain('7 files');
  });

  it('sends only what has changed since, whatever the archive is and is called', async () => {
    world.write({ 'site-1.0/data/text.txt': 'two' });
    sh('mv site-1.0 site-1.1; tar -cf next.tar site-1.1');
    const built = await build({ archive: join(world.folder, 'next.tar') });
    expect(built.lines).toMatch(/7 files, 6\.0 MB: 1 new or changed, 1 replaced or gone, \d+ bytes to send/);
    expect(await inImage(built.image, 'cat /src/data/text.txt')).toBe('two');
    sh('cd site-1.1 && zip -qry ../site.zip .');
    const zipped = await build({ archive: 'site.zip' });
    expect(zipped.lines).toContain('nothing changed');
    expect(zipped.imageId).toBe(built.imageId);
  });

  it('names the Dockerfile that was meant, and the stage', async () => {
    const named = build(source, { dockerfile: 'docker/Dockerfile' });
    await expect(named).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      message: 'There is no docker/Dockerfile in site.tar.gz.',
      hint: 'Paths begin in "site-1.0", the only folder at the top of the archive. Did you mean `dockerfile: Dockerfile`?',
    });
    world.write({ 'stages/Dockerfile': 'FROM busybox:1.37.0 AS base\nFROM base AS runtime\n' });
    sh('tar -czf stages.tgz -C stages .');
    await expect(build({ archive: 'stages.tgz' }, { target: 'runtme' })).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      message: 'The build of web on builder failed: stages.tgz/Dockerfile has no stage "runtme".',
      hint: 'Did you mean "runtime"? Its stages are: base, runtime.',
    });
  });

  it('leaves nothing on the server of what is refused', async () => {
    const before = (await world.builder.exec('ls -R /var/lib/drayage/sources | sha256sum')).stdout;
    sh('ln -s /etc/shadow stages/out; tar -czf bad.tar.gz stages');
    await expect(build({ archive: 'bad.tar.gz' })).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      message: 'bad.tar.gz holds a link that leads out of it, "stages/out" to "/etc/shadow".',
    });
    expect((await world.builder.exec('ls -R /var/lib/drayage/sources | sha256sum')).stdout).toBe(before);
  });
});

describe('a build from the text of a Dockerfile', () => {
  it('takes arguments, secrets, a platform, and files from named contexts', async () => {
    world.write({
      'shared/a.txt': 'shared',
      'shared/not.txt': 'x',
      'shared/.dockerignore': 'not.txt\n',
      'more/b.txt': 'more',
    });
    await using open = await startGitServer({ address: world.lab.gateway, folder: join(world.folder, 'served') });
    server.create('open');
    commit('open', { 'of-git.txt': 'from git' });
    const dockerfile = `FROM tools
ARG VERSION
RUN --mount=type=secret,id=PASS test "$(cat /run/secrets/PASS)" = build-time-secret && echo "$VERSION" >/version
COPY --from=shared . /shared
COPY --from=more b.txt /b.txt
COPY --from=repository of-git.txt /
`;
    const keys = {
      args: { VERSION: '1.2.3' },
      secrets: { PASS: '${{ secrets.PASS }}' },
      platforms: ['linux/amd64'],
      contexts: {
        shared: './shared',
        more: 'more',
        tools: 'docker-image://busybox:1.37.0',
        repository: `${open.url('open')}#main`,
      },
    };
    const built = await build({ dockerfile }, keys);
    expect(await inImage(built.image, 'cat /version /b.txt /of-git.txt; ls -A /shared')).toBe(
      '1.2.3\nmorefrom git.dockerignore\na.txt\n',
    );
    expect(built.lines).toContain('shared: 2 files');
    world.write({ 'shared/a.txt': 'changed' });
    const next = await build({ dockerfile }, keys);
    expect(next.lines).toContain('more: 1 file, 4 bytes: nothing changed');
    expect(next.names.at(-1)).not.toBe(built.names.at(-1));
    expect(await inImage(next.image, 'cat /shared/a.txt')).toBe('changed');
  });

  it('needs no files at all, and blames the text', async () => {
    const built = await build({ dockerfile: 'FROM busybox:1.37.0\nRUN echo hi >/hi\n' });
    expect(await inImage(built.image, 'cat /hi')).toBe('hi\n');
    expect(built.lines).not.toContain('Send the sources');
    await expect(build({ dockerfile: 'FROM busybox:1.37.0\nRUN false\n' })).rejects.toMatchObject({
      message: expect.stringContaining('failed at source.dockerfile:2, `RUN false`'),
    });
  });

  it('says which folder of a context is missing', async () => {
    const missing = build({ dockerfile: 'FROM scratch\n' }, { contexts: { shared: './shard' } });
    await expect(missing).rejects.toMatchObject({ code: 'SOURCE_INVALID', hint: 'Did you mean "shared"?' });
  });
});

describe('named contexts of a checkout', () => {
  it('stay as they are while a build reads them', async () => {
    world.write({
      'app/Dockerfile':
        'FROM busybox:1.37.0\nCOPY --from=shared a.txt /1\nRUN echo started >/dev/stderr; sleep 3\nCOPY --from=shared a.txt /2\n',
    });
    const keys = { contexts: { shared: '../shared'.slice(3) }, 'no-cache': true };
    const path = {
      source: { path: '.' },
      build: { ...keys, dockerfile: 'app/Dockerfile', context: 'app' },
      tags: ['latest'],
    };
    world.write({ 'shared/a.txt': 'first' });
    const [one, other] = [world.newRun(), world.newRun()];
    const project = await world.project(path);
    const first = buildService(one.context, { project, service: 'web', git: {} });
    await one.printed('started');
    world.write({ 'shared/a.txt': 'second' });
    const second = buildService(other.context, { project, service: 'web', git: {} });
    const images = await Promise.all([first, second]);
    const texts = await Promise.all(images.map(({ imageId }) => inImage(imageId, 'cat /1 /2')));
    expect(texts).toEqual(['firstfirst', 'secondsecond']);
    await Promise.all([one, other].map((run) => run[Symbol.asyncDispose]()));
    expect((await world.builder.exec('ps -eo args | grep -c "[f]lock -s" || true')).stdout).toBe('0\n');
  });
});

describe('a repository with submodules', () => {
  it('is built with each at its recorded commit, and theirs, by the same token', async () => {
    for (const name of ['deep', 'lib', 'shop']) server.create(name);
    const deep = commit('deep', { 'deep.txt': 'deep one' });
    const lib = commit('lib', { 'lib.txt': 'lib one' }, { 'in side': ['../deep.git', deep] });
    commit('deep', { 'deep.txt': 'deep two' });
    commit('lib', { 'lib.txt': 'lib two' });
    const git = `git@${world.lab.gateway}:lib.git`;
    commit('shop', { Dockerfile: dockerfile, a: 'a' }, { 'modules/lib': ['./../lib.git', lib], other: [git, lib] });
    const built = await build(withToken('shop', { submodules: true }));
    expect(
      await inImage(
        built.image,
        'cd /src; ls -A . modules; cat modules/lib/lib.txt other/lib.txt "other/in side/deep.txt"',
      ),
    ).toBe('.:\n.gitmodules\nDockerfile\na\nmodules\nother\n\nmodules:\nlib\nlib onelib onedeep one');
    // Without submodules their folders are empty.
    const without = await build(withToken('shop'));
    expect(await inImage(without.image, 'ls -A /src/modules/lib')).toBe('');
    expect(without.lines).toContain('without source.submodules their folders are empty');
    expect(built.lines).not.toContain('note: ');
  });

  it('follows a submodule to another commit, and away', async () => {
    const lib = commit('lib', { 'lib.txt': 'lib three' });
    commit('shop', {}, { 'modules/lib': ['../lib.git', lib] });
    const source = withToken('shop', { submodules: true });
    const built = await build(source);
    expect(await inImage(built.image, 'cd /src; cat modules/lib/lib.txt other/lib.txt')).toBe('lib threelib one');
    execFileSync('git', ['-C', join(world.folder, 'work', 'shop'), 'update-index', '--force-remove', 'other']);
    commit('shop', { other: 'a file now' });
    const next = await build(source);
    expect(next.lines).toContain(`commit ${lib} is here already`);
    expect(await inImage(next.image, 'cd /src; cat modules/lib/lib.txt other')).toBe('lib threea file now');
  });

  it('says which one needs another key, or is not there', async () => {
    const sha = 'a'.repeat(40);
    server.create('poor');
    const poor = (url: string) => {
      commit('poor', { Dockerfile: dockerfile }, { vendored: [url, sha] });
      return build(withToken('poor', { submodules: true }));
    };
    const locked = server.url('locked');
    const refused = poor('../locked.git');
    await expect(refused).rejects.toSatisfy((error: DrayageError) => !inspect(error, { depth: 9 }).includes(token));
    await expect(refused).rejects.toMatchObject({
      code: 'GIT_ACCESS_DENIED',
      message: expect.stringContaining(
        `builder cannot fetch the submodule vendored (commit ${sha}) from ${locked} with source.token: `,
      ),
      hint: `Let the token of source.token read ${world.lab.gateway}/locked too.`,
    });
    await using foreign = await startGitServer({
      address: world.lab.gateway,
      folder: join(world.folder, 'foreign'),
      token: 'other',
    });
    await expect(poor(foreign.create('theirs'))).rejects.toMatchObject({
      code: 'GIT_ACCESS_DENIED',
      hint: expect.stringMatching(/^It lies on [\d.:]+, and source\.token is for [\d.:]+\. Make the submodule public/),
    });
    await expect(poor('../lib.git')).rejects.toMatchObject({
      code: 'GIT_REF_NOT_FOUND',
      message: expect.stringContaining('the submodule vendored'),
    });
    await expect(poor('/var/lib/drayage/git')).rejects.toMatchObject({
      code: 'GIT_FETCH_FAILED',
      message: expect.stringContaining('has the URL /var/lib/drayage/git, which is not taken'),
    });
  });
});

describe('a git source that does not have what is named', () => {
  it('names what it has', async () => {
    server.create('places');
    commit('places', {
      'Dockerfile.prod': 'FROM busybox:1.37.0 AS base\nFROM base AS runtime\n',
      'docker/Dockerfile': 'FROM scratch\n',
      'apps/web/x': '',
    });
    const fails = (keys: object, more: object = {}) => expect(build(withToken('places', more), keys)).rejects;
    await fails({}).toMatchObject({
      message: expect.stringMatching(/^There is no Dockerfile in http:.*places\.git at [0-9a-f]{12}\.$/),
      hint: 'Did you mean `dockerfile: docker/Dockerfile`? There is also Dockerfile.prod.',
    });
    await fails({ dockerfile: 'Dockerfile.prod', target: 'run' }).toMatchObject({
      hint: 'Its stages are: base, runtime.',
    });
    await fails({}, { path: 'app' }).toMatchObject({
      message: expect.stringContaining('source.path is /app, and there is no such folder'),
      hint: 'There is: apps, docker.',
    });
    await fails({ contexts: { shared: 'dock' } }).toMatchObject({ hint: 'Did you mean "docker"?' });
    commit('places', { 'named.txt': 'FROM busybox:1.37.0\nCOPY --from=shared . /shared\n' });
    const built = await build(withToken('places'), { dockerfile: 'named.txt', contexts: { shared: './docker' } });
    expect(await inImage(built.image, 'ls -A /shared')).toBe('Dockerfile\n');
  });
});

describe('an LFS server that hangs', () => {
  it('is not waited for for ever', async () => {
    for (const { name, error, seconds } of await hanging) {
      expect(error).toMatchObject({
        code: 'GIT_FETCH_FAILED',
        message: `builder got nothing from the LFS server of ${server.url(name)} for 30 s, and gave up.`,
      });
      expect(seconds).toBeLessThan(75);
    }
    expect((await world.builder.exec('ps -eo args | grep -c "[l]fs fetch" || true')).stdout).toBe('0\n');
    lfs.silent.clear();
    commit('silent', { Dockerfile: dockerfile });
    const built = await build(withToken('silent', { lfs: true }));
    expect(await inImage(built.image, 'cat /src/a.bin')).toBe('never told of');
  });
});

describe('a full disk', () => {
  it('ends a build from an archive with that word, be it much or little, and heals', async () => {
    const disk = await ownDisk(world.builder, '/var/lib/drayage');
    const source = { archive: 'full.tar.gz' };
    const pack = (bytes: number) => {
      world.write({
        'full/Dockerfile': 'FROM busybox:1.37.0\nCOPY . /src\n',
        'full/blob': randomBytes(bytes).toString('hex'),
      });
      sh('tar -czf full.tar.gz full');
    };
    pack(1_000_000);
    await disk.fill(0);
    await expect(build(source)).rejects.toMatchObject({ code: 'DISK_FULL' });
    pack(30_000);
    await expect(build(source)).rejects.toMatchObject({ code: 'DISK_FULL' });
    await disk.clear();
    const built = await build(source);
    expect(await inImage(built.image, 'wc -c </src/blob')).toBe('60000\n');
    // Of all that was built, and of all that failed.
    expect(await leftovers(world.builder, [token, secrets.PASS])).toBe('');
  });
});
