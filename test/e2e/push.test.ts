import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildService } from '../../packages/core/src/build/build.ts';
import { Push, pushImage } from '../../packages/core/src/image/push.ts';
import { RegistryClient } from '../../packages/core/src/registry/client.ts';
import type { Registry } from '../lab/registry.ts';
import { type BuildWorld, leftovers, type ProjectOptions, startBuildWorld } from './build-world.ts';

const git = { sha: '0123456789abcdef0123456789abcdef01234567', branch: 'feature/Login' };

let world: BuildWorld;

beforeAll(async () => {
  world = await startBuildWorld('push');
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

/** Builds an image whose content is this text. */
async function build(text: string, repository: string, options: ProjectOptions & { tags?: string[] } = {}) {
  world.write({ Dockerfile: 'FROM busybox:1.37.0\nCOPY content.txt /\n', 'content.txt': text });
  const project = await world.project(
    { image: `${world.registry.host}/${repository}`, tags: options.tags ?? ['sha'] },
    { git, ...options },
  );
  await using run = world.newRun();
  return { project, built: await buildService(run.context, { project, service: 'web', git }) };
}

async function push(project: Awaited<ReturnType<BuildWorld['project']>>, image: string) {
  await using run = world.newRun();
  const result = await pushImage(run.context, { project, service: 'web', server: 'builder', image, git });
  return { ...result, lines: run.lines.join('\n') };
}

function client(registry: Registry): RegistryClient {
  const password = { secret: true as const, reveal: () => registry.password, toString: () => '', toJSON: () => '' };
  return new RegistryClient({
    host: registry.host,
    username: registry.username,
    password,
    ca: registry.ca,
    insecure: registry.ca === undefined,
  });
}

describe('a push', () => {
  it('gives the registry every tag, and reads the digest back', async () => {
    const { project, built } = await build('one', 'push/tags', { tags: ['sha', 'branch', 'latest'] });
    const pushed = await push(project, built.image);
    const repository = `${world.registry.host}/push/tags`;
    expect(pushed).toMatchObject({
      image: `${repository}:0123456789ab`,
      pinnedImage: `${repository}@${pushed.digest}`,
      tags: ['0123456789ab', 'feature-Login', 'latest'],
    });
    await using registry = client(world.registry);
    expect([...(await registry.tagsOf('push/tags', pushed.digest))].sort()).toEqual([
      '0123456789ab',
      'feature-Login',
      'latest',
    ]);
    expect((await registry.manifest('push/tags', pushed.digest))?.digest).toBe(pushed.digest);
    await world.builder.exec(['docker', 'rmi', '--force', built.imageId]);
    const { host, username, password } = world.registry;
    const pull = `export DOCKER_CONFIG=$(mktemp -d); trap 'rm -rf "$DOCKER_CONFIG"' EXIT
docker login --username ${username} --password-stdin ${host} && docker pull ${pushed.pinnedImage}`;
    await world.builder.exec(pull, { stdin: password });
    const content = await world.builder.exec(['docker', 'run', '--rm', pushed.pinnedImage, 'cat', '/content.txt']);
    expect(content.stdout).toBe('one');
  });

  it('does nothing when the registry has the image under every tag', async () => {
    const { project, built } = await build('two', 'push/again');
    const first = await push(project, built.image);
    world.relay.reset();
    const again = await push(project, built.image);
    expect(again.digest).toBe(first.digest);
    expect(again.lines).toContain('nothing to push');
    expect(again.lines).not.toContain('The push refers to repository');
  });

  it('pushes again when a tag in the registry has moved', async () => {
    const old = await build('old', 'push/moved', { tags: ['latest'] });
    const first = await push(old.project, old.built.imageId);
    const newer = await build('new', 'push/moved', { tags: ['latest'] });
    const second = await push(newer.project, newer.built.imageId);
    const back = await push(old.project, old.built.imageId);
    expect(second.digest).not.toBe(first.digest);
    expect(back.digest).toBe(first.digest);
    await using registry = client(world.registry);
    expect(await registry.digest('push/moved', 'latest')).toBe(first.digest);
  });

  it('can be a part of the build, in one job', async () => {
    world.write({ Dockerfile: 'FROM busybox:1.37.0\nCOPY content.txt /\n', 'content.txt': `fused ${Date.now()}` });
    const project = await world.project(
      { image: `${world.registry.host}/push/fused`, tags: ['sha', 'latest'] },
      { git },
    );
    await using run = world.newRun();
    await using pushing = new Push(run.context, { project, service: 'web', server: 'builder', git });
    const built = await buildService(run.context, {
      project,
      service: 'web',
      git,
      followUp: (names) => pushing.followUp(names),
    });
    const pushed = await pushing.finish(built);
    await using registry = client(world.registry);
    expect(await registry.digest('push/fused', 'latest')).toBe(pushed.digest);
    expect(run.lines.filter((line) => line.startsWith('>'))).toEqual([
      '> Send the sources of web to builder',
      '> Build web on builder',
      `> Push web to ${world.registry.host}`,
      `> Check web in ${world.registry.host}`,
    ]);
  });

  it('trusts a registry with its own authority, reached through the build server', async () => {
    const secure = await world.lab.registry({ tls: true });
    await world.builder.exec(
      `mkdir -p /etc/docker/certs.d/${secure.host} && cat > /etc/docker/certs.d/${secure.host}/ca.crt`,
      { stdin: secure.ca },
    );
    const registries = { [secure.host]: { username: secure.username, password: secure.password, ca: secure.ca } };
    const project = await world.project({ image: `${secure.host}/push/tls` }, { git, registries });
    world.write({ Dockerfile: 'FROM busybox:1.37.0\nCOPY content.txt /\n', 'content.txt': 'tls' });
    await using run = world.newRun();
    const built = await buildService(run.context, { project, service: 'web', git });
    const pushed = await push(project, built.image);
    await using registry = client(secure);
    expect(await registry.digest('push/tls', '0123456789ab')).toBe(pushed.digest);
    const untrusted = await world.project(
      { image: `${secure.host}/push/tls` },
      { git, registries: { [secure.host]: { ...registries[secure.host], ca: undefined } } },
    );
    await expect(push(untrusted, built.image)).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      hint: `Put the PEM of the authority that signed its certificate under registries."${secure.host}".ca.`,
    });
  });

  it('builds on a private base image', async () => {
    const base = await world.registry.put('library/busybox:1.37.0', 'private/base');
    world.write({ Dockerfile: `FROM ${base}\nRUN echo built > /built\n` });
    const project = await world.project({}, { git });
    await using run = world.newRun();
    const built = await buildService(run.context, { project, service: 'web', git });
    expect(built.imageId).toMatch(/^sha256:/);
    expect(await leftovers(world.builder, [world.registry.password])).toBe('');
  });
});

describe('a push that fails', () => {
  it('names registry and user of a wrong password, never the password, and tries once', async () => {
    const registries = { [world.registry.host]: { username: 'lab', password: 'wrong-pass-91', insecure: true } };
    const { project, built } = await build('auth', 'push/auth', { registries });
    const watching = watchArguments();
    const error = await push(project, built.image).catch((caught) => caught);
    expect(await watching.stop()).not.toContain('wrong-pass-91');
    expect(error).toMatchObject({
      code: 'REGISTRY_AUTH',
      message: `Registry ${world.registry.host} refused the password of user lab (unauthorized: authentication required).`,
    });
    expect(JSON.stringify([error.message, error.hint, error.output])).not.toContain('wrong-pass-91');
    expect(await leftovers(world.builder, ['wrong-pass-91', Buffer.from('lab:wrong-pass-91').toString('base64')])).toBe(
      '',
    );
  });

  it('says which image is missing', async () => {
    const project = await world.project({ image: `${world.registry.host}/push/missing` }, { git });
    await expect(push(project, `${world.registry.host}/push/missing:1`)).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      message: `builder has no image ${world.registry.host}/push/missing:1.`,
    });
  });

  it('tries again while the registry cannot be reached', async () => {
    const { project, built } = await build(`retry ${Date.now()}`, 'push/retry');
    const [address = '', port = ''] = world.registry.host.split(':');
    const rule = `OUTPUT -p tcp -d ${address} --dport ${port} -j REJECT --reject-with tcp-reset`;
    await using run = world.newRun();
    await world.builder.exec(`iptables -I ${rule}`);
    const pushing = pushImage(run.context, { project, service: 'web', server: 'builder', image: built.image, git });
    await run.printed('Trying again (attempt 2 of 9)');
    await world.builder.exec(`iptables -D ${rule}`);
    const pushed = await pushing;
    await using registry = client(world.registry);
    expect(await registry.digest('push/retry', '0123456789ab')).toBe(pushed.digest);
  });

  it('leaves no credentials behind when it is cancelled', async () => {
    const { project, built } = await build('cancel', 'push/cancel');
    const [address = '', port = ''] = world.registry.host.split(':');
    const rule = `OUTPUT -p tcp -d ${address} --dport ${port} -j DROP`;
    await using run = world.newRun();
    await world.builder.exec(`iptables -I ${rule}`);
    try {
      const pushing = pushImage(run.context, {
        project,
        service: 'web',
        server: 'builder',
        image: built.image,
        git,
      }).catch((caught) => caught);
      await run.printed('The push refers to repository');
      const started = Date.now();
      run.cancel();
      expect(await pushing).toMatchObject({ code: 'CANCELLED' });
      expect(Date.now() - started).toBeLessThan(5000);
      const secrets = [world.registry.password];
      // The folder of the job holds nothing any more; whoever was told so does not wait for it to go.
      const emptyFolder = /^\/run\/drayage\/0\/jobs\/push-[^/\n]*$/m;
      expect((await leftovers(world.builder, secrets)).replace(emptyFolder, '')).toBe('');
      await expect.poll(() => leftovers(world.builder, secrets)).toBe('');
    } finally {
      await world.builder.exec(`iptables -D ${rule}`);
    }
  });

  it('refuses to push a service that names no registry', async () => {
    const project = await world.project({}, { git });
    await expect(push(project, 'shop-production-web:1')).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: 'Service web has no "image", so there is no registry to push to.',
    });
  });
});

/** Samples the command lines of all processes of the build server. */
function watchArguments() {
  let seen = '';
  let isOver = false;
  const loop = (async () => {
    while (!isOver)
      seen += (await world.builder.exec('cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "', { check: false }))
        .stdout;
  })();
  return {
    stop: async () => {
      isOver = true;
      await loop;
      return seen;
    },
  };
}
