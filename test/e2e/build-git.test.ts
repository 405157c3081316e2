import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildService } from '../../packages/core/src/build/build.ts';
import { openComposed } from '../../packages/core/src/build/compose/open.ts';
import type { CheckoutFacts } from '../../packages/core/src/build/sources/checkout.ts';
import { foreseenImage } from '../../packages/core/src/pipeline/foreseen-image.ts';
import { type GitServer, startGitServer } from '../demo/git-server.ts';
import { type BuildWorld, leftovers, startBuildWorld } from './build-world.ts';

const token = 'ghp_4c9tokenOfTheRepository';

let world: BuildWorld;
let server: GitServer;
let url: string;

beforeAll(async () => {
  world = await startBuildWorld('build-git');
  server = await startGitServer({ address: world.lab.gateway, folder: join(world.folder, 'served'), token });
  url = server.create('shop');
  git('init', '--quiet', '--initial-branch=main');
  commit({
    Dockerfile: 'FROM busybox:1.37.0\nCOPY . /src\n',
    'version.txt': 'one',
    'old.txt': 'old',
    'apps/web/Dockerfile': 'FROM busybox:1.37.0\nCOPY . /web\n',
  });
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

/** Runs git in the developer's checkout. */
function git(...args: string[]): string {
  const identity = ['-c', 'user.name=Alice', '-c', 'user.email=alice@example.com'];
  return execFileSync('git', ['-C', world.folder, ...identity, ...args], { encoding: 'utf8' }).trim();
}

/** The repository as the git server has it: this process serves it, and cannot wait for a push over HTTP. */
const served = () => join(world.folder, 'served', 'shop.git');

/** Commits these files and pushes; returns the commit. */
function commit(files: Record<string, string>): string {
  world.write(files);
  git('add', ...Object.keys(files));
  git('commit', '--quiet', '--message', 'change');
  git('push', '--quiet', '--force', served(), 'HEAD:main');
  return git('rev-parse', 'HEAD');
}

async function build(
  source: object,
  more: { git?: CheckoutFacts; secrets?: Record<string, string>; build?: object; tags?: string[] } = {},
) {
  await using run = world.newRun();
  const { git: facts = {}, secrets = { TOKEN: token }, build: keys = {}, tags = ['sha'] } = more;
  const web = { source, build: keys, tags };
  const project = await world.project(web, { secrets, git: facts });
  const result = await buildService(run.context, { project, service: 'web', git: facts });
  return { ...result, lines: run.lines.join('\n') };
}

const withToken = () => ({ git: url, token: '${{ secrets.TOKEN }}' });

const inImage = async (image: string, command: string) =>
  (await world.builder.exec(['docker', 'run', '--rm', image, 'sh', '-c', command])).stdout;

describe('a build from git', () => {
  it('resolves a branch once and builds that commit of a private repository', async () => {
    const sha = git('rev-parse', 'HEAD');
    const built = await build({ ...withToken(), ref: 'main' });
    expect(built.sourceCommit).toBe(sha);
    expect(built.image).toBe(`shop-production-web:${sha.slice(0, 12)}`);
    expect(await inImage(built.image, 'cat /src/version.txt; ls -A /src')).toBe(
      'oneDockerfile\napps\nold.txt\nversion.txt\n',
    );
    expect(await inImage(built.image, 'stat -c %a /src /src/version.txt /src/apps')).toBe('755\n644\n755\n');
  });

  it('is foreseen by its commit, beside that of what runs, and nothing is built', async () => {
    await using run = world.newRun();
    const project = await world.project({ source: { ...withToken(), ref: 'main' } }, { secrets: { TOKEN: token } });
    const [web] = project.services;
    if (web === undefined) throw new Error('The project has no service.');
    const service = { ...web, deploy: { ...web.deploy, servers: ['builder'] } };
    const foresee = () =>
      foreseenImage(run.context, { project: { ...project, services: [service] }, service, git: {} });
    const runs = (sha: string) => {
      const record = {
        ...{ id: '1', title: '', status: 'done', startedAt: '', resource: 'shop-production-web', service: 'web' },
        ...{ mode: 'standalone', logPath: '', specHash: '', commit: sha, pinnedImage: `acme/web@sha256:${sha}` },
        spec: { image: '', replicas: 1 },
      };
      const folder = '/var/lib/drayage/deployments/shop-production-web';
      const script = `mkdir -p ${folder} && cd ${folder} && echo 1 >current && cat >1.json`;
      return world.builder.exec(script, { stdin: JSON.stringify(record) });
    };
    const sha = git('rev-parse', 'HEAD');
    const images = async () => (await world.builder.exec('docker image ls --quiet')).stdout;
    const before = await images();
    try {
      expect(await foresee()).toEqual({ commit: sha });
      await runs('a'.repeat(40));
      expect(await foresee()).toMatchObject({
        commit: sha,
        change: { field: 'image', before: 'built from commit aaaaaaa', after: sha.slice(0, 7) },
      });
      await runs(sha);
      expect((await foresee()).change).toBeUndefined();
      expect(await images()).toBe(before);
    } finally {
      await world.builder.exec('rm -rf /var/lib/drayage/deployments/shop-production-web');
    }
  });

  it('leaves no trace of the token on the server', async () => {
    expect(await leftovers(world.builder, [token])).toBe('');
  });

  it('fetches a commit once, and goes from one to another by what changed', async () => {
    const first = git('rev-parse', 'HEAD');
    git('rm', '--quiet', 'old.txt');
    const second = commit({ 'version.txt': 'two' });
    const built = await build({ ...withToken(), ref: second });
    expect(await inImage(built.image, 'cat /src/version.txt; ls /src')).toBe('twoDockerfile\napps\nversion.txt\n');
    const back = await build({ ...withToken(), ref: first });
    expect(back.lines).toContain(`commit ${first} is here already`);
    expect(await inImage(back.image, 'cat /src/version.txt /src/old.txt')).toBe('oneold');
  });

  it("builds this run's commit when the source is the checkout's own repository", async () => {
    const sha = git('rev-parse', 'HEAD');
    commit({ 'version.txt': 'newer' });
    const remote = url.replace('http://', 'ssh://git@').replace(/:\d+\//, '/');
    const built = await build(withToken(), { git: { sha, branch: 'main', remote } });
    expect(built.sourceCommit).toBe(sha);
    expect(await inImage(built.image, 'cat /src/version.txt')).toBe('two');
  });

  it('builds a folder of the repository', async () => {
    const built = await build({ ...withToken(), ref: 'main', path: 'apps/web' });
    expect(await inImage(built.image, 'ls -A /web')).toBe('Dockerfile\n');
  });

  it('builds by the Dockerfile in a compose file of the repository', async () => {
    const inline = { context: 'apps', dockerfile_inline: 'FROM busybox:1.37.0\nCOPY . /inline\n' };
    commit({ 'compose.yml': JSON.stringify({ services: { page: { build: inline } } }) });
    await using run = world.newRun();
    const source = { ...withToken(), ref: 'main' };
    const given = await world.project({ source, build: { type: 'compose' } }, { secrets: { TOKEN: token } });
    const { project, parts } = await openComposed(run.context, given, 'web', {});
    const built = await buildService(run.context, { project, service: parts[0]?.spec.name ?? '', git: {} });
    expect(await inImage(built.image, 'find /inline -type f')).toBe('/inline/web/Dockerfile\n');
  });

  it('finds an annotated tag, and the default branch', async () => {
    const sha = git('rev-parse', 'HEAD');
    git('tag', '--annotate', '--message', 'release', 'v1.2.3');
    git('push', '--quiet', served(), 'v1.2.3');
    const tagged = await build({ ...withToken(), ref: 'v1.2.3' }, { tags: ['semver'] });
    const tags = ['1.2.3', '1.2', '1', sha.slice(0, 12)];
    expect(tagged.names).toEqual(tags.map((tag) => `shop-production-web:${tag}`));
    expect(tagged.sourceCommit).toBe(sha);
    expect((await build(withToken())).sourceCommit).toBe(sha);
  });

  it('fetches everything from a git server that gives no single commits', async () => {
    const sha = commit({ 'version.txt': 'hidden' });
    commit({ 'version.txt': 'tip' });
    execFileSync('git', ['-C', served(), 'config', 'uploadpack.allowAnySHA1InWant', 'false']);
    try {
      // Version 2 of the protocol never asks; old servers speak version 0.
      await world.builder.exec('git config --global protocol.version 0');
      const built = await build({ ...withToken(), ref: sha });
      expect(built.lines).toContain('the git server gives no single commits');
      expect(await inImage(built.image, 'cat /src/version.txt')).toBe('hidden');
    } finally {
      await world.builder.exec('git config --global --unset protocol.version');
      execFileSync('git', ['-C', served(), 'config', 'uploadpack.allowAnySHA1InWant', 'true']);
    }
  });

  it('uses a deploy key that never touches the disk', async () => {
    const { builder } = world;
    await builder.exec(
      `mkdir -p /srv && git clone --quiet --bare http://git:${token}@${url.slice('http://'.length)} /srv/shop.git`,
    );
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(world.folder, 'deploy-key')]);
    const key = readFileSync(join(world.folder, 'deploy-key'), 'utf8');
    const publicKey = readFileSync(join(world.folder, 'deploy-key.pub'), 'utf8');
    await builder.exec('mkdir -p ~/.ssh && cat >> ~/.ssh/authorized_keys', { stdin: publicKey });
    const source = { git: `ssh://root@${builder.address}/srv/shop.git`, key: '${{ secrets.KEY }}', ref: 'main' };
    const built = await build(source, { secrets: { KEY: key } });
    expect(built.lines).toContain('Permanently added');
    expect(await inImage(built.image, 'cat /src/version.txt')).toBe('tip');
    expect(await leftovers(builder, [key.split('\n')[2] ?? ''])).toBe('');
    const wrong = build(source, { secrets: { KEY: otherKey() } });
    await expect(wrong).rejects.toMatchObject({
      code: 'GIT_ACCESS_DENIED',
      message: expect.stringContaining('with source.key'),
    });
  });

  it('refuses a git server whose SSH key has changed', async () => {
    const { builder } = world;
    await builder.exec(
      `sed -i 's/^\\(${builder.address.replaceAll('.', '\\.')} ssh-ed25519\\) .*/\\1 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl/' /var/lib/drayage/git/known_hosts`,
    );
    const source = { git: `ssh://root@${builder.address}/srv/shop.git`, key: '${{ secrets.KEY }}', ref: 'main' };
    const refused = build(source, { secrets: { KEY: readFileSync(join(world.folder, 'deploy-key'), 'utf8') } });
    await expect(refused).rejects.toMatchObject({
      code: 'GIT_FETCH_FAILED',
      message: expect.stringContaining('SSH key is not the one seen before'),
    });
  });
});

function otherKey(): string {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(world.folder, 'other-key')]);
  return readFileSync(join(world.folder, 'other-key'), 'utf8');
}

describe('a git source that cannot be had', () => {
  it.each([
    [
      'a wrong token',
      () => ({ ...withToken(), ref: 'main' }),
      'wrong',
      'GIT_ACCESS_DENIED',
      /cannot fetch main from http:.*with source\.token/,
    ],
    ['a missing token', () => ({ git: url, ref: 'main' }), token, 'GIT_ACCESS_DENIED', /without credentials/],
    [
      'an unknown branch',
      () => ({ ...withToken(), ref: 'nope' }),
      token,
      'GIT_REF_NOT_FOUND',
      /has no branch or tag "nope"/,
    ],
    [
      'an unknown commit',
      () => ({ ...withToken(), ref: 'f'.repeat(40) }),
      token,
      'GIT_REF_NOT_FOUND',
      /has no commit f{40}\./,
    ],
    [
      'an unreachable server',
      () => ({ git: 'http://192.0.2.1:1/x.git', ref: 'a'.repeat(40) }),
      token,
      'GIT_FETCH_FAILED',
      /cannot fetch/,
    ],
  ])('explains %s', { timeout: 200_000 }, async (_, source, given, code, message) => {
    await expect(build(source(), { secrets: { TOKEN: given } })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    expect(await leftovers(world.builder, [token])).toBe('');
  });
});
