import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildService } from '../../packages/core/src/build/build.ts';
import { loadProject } from '../../packages/core/src/config/load.ts';
import type { DrayageError } from '../../packages/core/src/errors/drayage-error.ts';
import { Push } from '../../packages/core/src/image/push.ts';
import { up } from '../../packages/core/src/pipeline/up.ts';
import { RegistryClient } from '../../packages/core/src/registry/client.ts';
import { deployService } from '../../packages/core/src/service/deploy.ts';
import { setupServers } from '../../packages/core/src/setup/setup.ts';
import type { Host } from '../lab/host.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import type { Registry } from '../lab/registry.ts';
import { leftovers } from './build-world.ts';
import { until } from './deploy-world.ts';
import { refuse, startFront } from './registry-front.ts';
import { startRun } from './server-world.ts';

let lab: Lab;
let manager: Host;
let worker: Host;
/** Plain HTTP; and TLS with an authority of its own. Each has a password of its own. */
let plain: Registry;
let secure: Registry;
let folder: string;
let base: string;

beforeAll(async () => {
  lab = await startLab({ name: `registries-${process.pid}`, log: () => undefined });
  [plain, secure, manager, worker] = await Promise.all([
    lab.registry(),
    lab.registry({ tls: true }),
    lab.host('node-1', { docker: true }),
    lab.host('node-2', { docker: true }),
  ]);
  folder = mkdtempSync(join(tmpdir(), 'drayage-registries-'));
  base = (await secure.put('library/busybox:1.37.0', 'acme/base')).split('@')[0] ?? '';
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const sha = () => randomBytes(20).toString('hex');
const plainEntry = () => ({ username: plain.username, password: plain.password, insecure: true });
const secureEntry = () => ({ username: secure.username, password: secure.password, ca: secure.ca });

interface Options {
  readonly name?: string;
  readonly registries?: object;
  readonly servers?: readonly string[];
  readonly git?: { readonly sha?: string; readonly branch?: string; readonly tag?: string };
  readonly env?: Record<string, string>;
}

async function projectOf(web: object, options: Options = {}) {
  const host = ({ address }: Host) => ({ host: address, role: 'both' });
  const text = JSON.stringify({
    project: options.name ?? 'shop',
    servers: { 'node-1': host(manager), 'node-2': host(worker) },
    registries: { [plain.host]: plainEntry(), [secure.host]: secureEntry(), ...options.registries },
    services: { web: { deploy: { servers: options.servers ?? ['node-1'] }, ...web } },
  });
  const { env = {}, git = {} } = options;
  return (await loadProject({ text, file: join(folder, 'drayage.yml'), env, git })).project;
}

const program = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.2; done'];

/** Sources whose image has a layer of this many random bytes. */
function sources(from: string, name: string, bytes = 64): object {
  for (const [file, content] of [
    ['Dockerfile', `FROM ${from}\nCOPY content /\nCMD ${JSON.stringify(program)}\n`],
    ['content', randomBytes(bytes)],
  ] as const) {
    mkdirSync(dirname(join(folder, name, file)), { recursive: true });
    writeFileSync(join(folder, name, file), content);
  }
  return { source: { path: name }, build: { servers: ['node-1'] } };
}

async function run<T>(work: (run: ReturnType<typeof startRun>) => Promise<T>): Promise<{ result: T; lines: string }> {
  await using running = startRun([manager, worker]);
  try {
    return { result: await work(running), lines: running.lines.join('\n') };
  } catch (error) {
    throw Object.assign(error as Error, { lines: running.lines.join('\n') });
  }
}

/** Builds and pushes in one job, as `up` does. */
function buildAndPush(project: Awaited<ReturnType<typeof projectOf>>, git: Options['git'] = {}) {
  return run(async ({ context }) => {
    await using push = new Push(context, { project, service: 'web', server: 'node-1', git });
    const built = await buildService(context, {
      project,
      service: 'web',
      git,
      followUp: (names) => push.followUp(names),
    });
    return await push.finish(built);
  });
}

async function refusal(work: Promise<unknown>): Promise<DrayageError & { lines: string }> {
  return work.then(
    (value) => Promise.reject(new Error(`It succeeded: ${JSON.stringify(value)}`)),
    (error) => error,
  );
}

async function tagged(registry: Registry, path: string, tag: string) {
  const { host, username, password: text, ca } = registry;
  const password = { secret: true as const, reveal: () => text, toString: () => '', toJSON: () => '' };
  await using client = new RegistryClient({ host, username, password, ca, insecure: ca === undefined });
  return await client.digest(path, tag);
}

/** What builds and pushes have left on a server; how a deployment ended is kept for whoever asks. */
const left = async (host: Host, secrets: readonly string[]) =>
  (await leftovers(host, secrets)).split('\n').filter((line) => !/^$|\/jobs\/deploy-/.test(line));

const hasImage = async (host: Host, image: string) =>
  (await host.exec(['docker', 'image', 'inspect', image], { check: false })).code === 0;

describe('two registries, each with its own password', () => {
  test('give the base image, take the image, and are pulled from by every node', async () => {
    const web = { ...sources(base, 'both'), image: `${plain.host}/acme/both`, tags: ['latest'] };
    const options = { servers: ['node-1', 'node-2'] };
    const project = await projectOf(
      { ...web, deploy: { mode: 'standalone', servers: options.servers, drain: '0s' } },
      options,
    );
    const { result, lines } = await run(({ context }) => up(context, { project, setup: 'auto', git: {} }));
    expect(result.services[0]?.deployment.status).toBe('done');
    const image = result.services[0]?.image ?? '';
    expect(image).toMatch(new RegExp(`^${plain.host}/acme/both@sha256:`));
    expect(await Promise.all([manager, worker].map((host) => hasImage(host, image)))).toEqual([true, true]);
    expect(lines.match(/moves with every push/g)).toHaveLength(1);
    expect(lines).toContain(`warning: ${plain.host}/acme/both:latest moves with every push`);
  });

  test('and a node pulls what another registry has with the password of that one', async () => {
    const deploy = { mode: 'standalone', servers: ['node-2'], drain: '0s', command: program };
    const project = await projectOf({ source: { image: base }, deploy });
    const { result } = await run(({ context }) => deployService(context, { project, service: 'web', image: base }));
    expect(result).toMatchObject({ status: 'done', pinnedImage: expect.stringContaining(`${secure.host}/acme/base@`) });
  });

  test('a private base image without a login says whose password is missing, and sends no other there', async () => {
    await manager.exec('docker buildx prune --all --force');
    const image = `${plain.host}/acme/nologin`;
    const project = await projectOf(
      { ...sources(base, 'nologin'), image },
      { registries: { [secure.host]: { ca: secure.ca } } },
    );
    const error = await refusal(buildAndPush(project));
    expect(error).toMatchObject({ code: 'REGISTRY_AUTH' });
    expect(error.message).toContain('nologin/Dockerfile:1');
    expect(error.hint).toBe(
      `${base} is private or does not exist. Check its name; if it is private, declare username and password under registries."${secure.host}": that of another registry is never sent there.`,
    );
    expect(await tagged(plain, 'acme/nologin', 'latest')).toBeUndefined();
    expect(await left(manager, [secure.password, plain.password])).toEqual([]);
  });
});

describe('tags', () => {
  test("that name a version are not moved, and nothing is pushed; a commit's is taken over by its rebuild alone", async () => {
    const git = { sha: sha(), tag: 'v1.2.3' };
    const short = git.sha.slice(0, 12);
    const web = () => ({
      ...sources('busybox:1.37.0', 'fixed'),
      image: `${plain.host}/acme/fixed`,
      tags: ['sha', 'semver'],
    });
    const first = await buildAndPush(await projectOf(web(), { git }), git);
    expect(first.result.tags).toEqual([short, '1.2.3', '1.2', '1']);
    const error = await refusal(buildAndPush(await projectOf(web(), { git }), git));
    expect(error).toMatchObject({ code: 'TAG_TAKEN' });
    expect(error.message).toBe(
      `The tag 1.2.3 stands for another image in ${plain.host}/acme/fixed: ${first.result.digest}. Nothing was pushed.`,
    );
    expect(error.lines).not.toContain('The push refers to repository');
    for (const tag of first.result.tags) expect(await tagged(plain, 'acme/fixed', tag)).toBe(first.result.digest);
    // The same commit, built anew: as after a base image has changed.
    const { sha: commit } = git;
    const again = { ...web(), tags: ['sha'] };
    const rebuilt = await buildAndPush(await projectOf(again, { git: { sha: commit } }), { sha: commit });
    expect(rebuilt.lines).toContain(
      `${short} moves to this image: it was built anew of the commit that the tag names.`,
    );
    expect(await tagged(plain, 'acme/fixed', short)).toBe(rebuilt.result.digest);
    expect(rebuilt.result.digest).not.toBe(first.result.digest);
    // The tag of this commit, on an image of another.
    const other = { sha: `${commit.slice(0, 12)}${'f'.repeat(28)}` };
    const foreign = await refusal(buildAndPush(await projectOf({ ...web(), tags: ['sha'] }, { git: other }), other));
    expect(foreign).toMatchObject({ code: 'TAG_TAKEN' });
  });

  test('are given to the same image again without a push, also where another server built it', async () => {
    const git = { sha: sha(), branch: 'feature/Login' };
    const image = `${plain.host}/acme/again`;
    const web = sources('busybox:1.37.0', 'again');
    const first = await buildAndPush(await projectOf({ ...web, image, tags: ['sha'] }, { git }), git);
    // As if it came from elsewhere: what was pushed is forgotten.
    await manager.exec(`docker rmi --force ${first.result.image}`);
    const more = await projectOf({ ...web, image, tags: ['sha', 'branch', 'latest'] }, { git });
    const again = await buildAndPush(more, git);
    expect(again.result).toMatchObject({
      digest: first.result.digest,
      tags: [git.sha.slice(0, 12), 'feature-Login', 'latest'],
    });
    expect(again.lines).toContain('nothing to push');
    expect(again.lines).not.toContain('The push refers to repository');
    expect(await tagged(plain, 'acme/again', 'feature-Login')).toBe(first.result.digest);
  });
});

describe('a registry that refuses', () => {
  test('a push, a tag, or so many requests, is understood', async () => {
    await using front = await startFront(manager, plain);
    const push = async (name: string) => {
      const git = { sha: sha() };
      const web = { ...sources('busybox:1.37.0', name), image: `${plain.host}/acme/${name}`, tags: ['sha'] };
      return refusal(buildAndPush(await projectOf(web, { git }), git));
    };
    front.rule = (method, _, response) =>
      method === 'POST' && refuse(response, 403, 'DENIED', 'requested access to the resource is denied');
    expect(await push('denied')).toMatchObject({
      code: 'REGISTRY_DENIED',
      message: expect.stringContaining(`Registry ${plain.host} denies user lab access to repository acme/denied`),
    });
    front.rule = (method, path, response) =>
      method === 'PUT' &&
      path.includes('/manifests/') &&
      refuse(
        response,
        400,
        'TAG_INVALID',
        'The image tag already exists and cannot be overwritten because the repository is immutable.',
      );
    expect(await push('immutable')).toMatchObject({
      code: 'TAG_REFUSED',
      hint: expect.stringContaining('another tag'),
    });
    expect(await left(manager, [plain.password])).toEqual([]);
  });

  test('for a moment, with the time to wait, is asked again then', async () => {
    await using front = await startFront(manager, plain);
    let refused = 0;
    front.rule = (method, path, response) =>
      method === 'GET' &&
      path.includes('/manifests/') &&
      refused++ === 0 &&
      refuse(response, 429, 'TOOMANYREQUESTS', 'slow down', { 'retry-after': '1' });
    const git = { sha: sha() };
    const web = { ...sources('busybox:1.37.0', 'limited'), image: `${plain.host}/acme/limited`, tags: ['sha'] };
    const { result } = await buildAndPush(await projectOf(web, { git }), git);
    expect(await tagged(plain, 'acme/limited', git.sha.slice(0, 12))).toBe(result.digest);
    expect(refused).toBeGreaterThan(1);
  });
});

describe('a registry that goes down in the middle of a push', () => {
  const begin = async (registry: Registry, name: string, server: string) => {
    const git = { sha: sha() };
    const web = {
      ...sources('busybox:1.37.0', name, 64_000_000),
      build: { servers: [server] },
      image: `${registry.host}/acme/${name}`,
      tags: ['sha'],
    };
    const project = await projectOf(web, { git });
    const running = startRun([manager, worker]);
    const outcome = (async () => {
      await using push = new Push(running.context, { project, service: 'web', server, git });
      const built = await buildService(running.context, {
        project,
        service: 'web',
        git,
        followUp: (names) => push.followUp(names),
      });
      return await push.finish(built);
    })();
    outcome.catch(() => undefined);
    await until(
      async () => running.lines.join(''),
      (text) => text.includes('The push refers to repository'),
      60_000,
    );
    await registry.stop();
    return { running, outcome, git };
  };

  test('for 20 s is waited for; for good is given up, with a sentence', async () => {
    const stopped = Date.now();
    const beginAway = begin(plain, 'away', 'node-1').then(async (begun) => {
      await sleep(20_000);
      await plain.start();
      return begun;
    });
    const [away, gone] = await Promise.all([beginAway, begin(secure, 'gone', 'node-2')]);
    const pushed = await away.outcome;
    const lines = away.running.lines.join('\n');
    expect(lines).toMatch(/the push went on where it had stopped/);
    expect(await tagged(plain, 'acme/away', away.git.sha.slice(0, 12))).toBe(pushed.digest);
    const error = await refusal(gone.outcome);
    expect(error).toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
    expect(error.message).toContain(secure.host);
    expect(error.message).toContain('connection refused');
    expect(Date.now() - stopped).toBeLessThan(150_000);
    expect(await left(worker, [secure.password])).toEqual([]);
    for (const { running } of [away, gone]) await running[Symbol.asyncDispose]();
    await secure.start();
  });
});

describe('a password that ends, on a Swarm', () => {
  let api: Server;
  let env: Record<string, string>;
  /** The registry as one of ECR: its password is given by GetAuthorizationToken, for an hour. */
  const registries = () => ({ [plain.host]: { type: 'ecr', insecure: true } });
  const expires = new Date(Date.now() + 3_600_000);
  const deploy = {
    mode: 'swarm',
    servers: ['node-1'],
    'endpoint-mode': 'dnsrr',
    command: program,
    timeout: '40s',
    update: { monitor: '1s' },
  };

  beforeAll(async () => {
    api = createServer((_, response) => {
      const authorizationToken = Buffer.from(`${plain.username}:${plain.password}`).toString('base64');
      const authorizationData = [{ authorizationToken, expiresAt: expires.getTime() / 1000 }];
      response.end(JSON.stringify({ authorizationData }));
    });
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
    env = {
      AWS_ENDPOINT_URL_ECR: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret-key-of-the-test',
    };
    const project = await projectOf({ source: { image: 'busybox:1.37.0' }, deploy: { servers: ['node-1', 'node-2'] } });
    await run(({ context }) => setupServers(context, { project, role: 'deploy', mode: 'auto', swarm: true }));
  });
  afterAll(() => api.close());

  async function roll(image: string, dryRun = false) {
    const project = await projectOf({ source: { image }, deploy }, { name: 'pool', registries: registries(), env });
    return run(({ context }) => deployService(context, { project, service: 'web', image, dryRun }));
  }

  test('is told by the plan, with what a move after its end needs', async () => {
    const image = await plain.put('library/busybox:1.37.0', 'acme/swarm');
    const { lines } = await roll(image, true);
    const minute = expires.toISOString().slice(0, 16).replace('T', ' ');
    expect(lines).toContain(`The password of registry ${plain.host} ends at ${minute} UTC.`);
    expect(lines).toContain('can pull only after `drayage redeploy`');
  });

  test('brings the image to every node before the switch, also where there is no SSH: a task moves without the registry', async () => {
    const image = await plain.put('library/busybox:1.37.0', 'acme/swarm');
    const { result, lines } = await roll(image);
    expect(result.status).toBe('done');
    expect(lines).toContain('the image is on 1 further nodes of the Swarm');
    expect(await hasImage(worker, image)).toBe(true);
    expect((await manager.exec(`docker service ls --format '{{.Name}}'`)).stdout.trim()).toBe('pool-production-web');
    await plain.stop();
    await manager.exec('docker node update --availability drain node-1');
    const placed = async () =>
      (
        await manager.exec(
          `docker service ps --filter desired-state=running --format '{{.Node}} {{.CurrentState}}' pool-production-web`,
        )
      ).stdout;
    expect(await until(placed, (text) => /^node-2 Running/.test(text))).toMatch(/^node-2 Running/);
    await plain.start();
    await manager.exec('docker node update --availability active node-1');
  });

  test('changes nothing where one of the nodes cannot pull', async () => {
    const image = await plain.put('library/nginx:1.27-alpine', 'acme/other');
    const [address = '', port = ''] = plain.host.split(':');
    await worker.exec(`iptables -I OUTPUT -p tcp -d ${address} --dport ${port} -j REJECT --reject-with tcp-reset`);
    const before = (await manager.exec(`docker service inspect --format '{{.Version.Index}}' pool-production-web`))
      .stdout;
    const error = await refusal(roll(image));
    expect(error).toMatchObject({ code: 'PULL_FAILED' });
    expect(error.message).toContain('Node node-2 of the Swarm could not pull image');
    const after = (await manager.exec(`docker service inspect --format '{{.Version.Index}}' pool-production-web`))
      .stdout;
    expect(after).toBe(before);
    expect((await manager.exec(`docker service ls --format '{{.Name}}'`)).stdout.trim()).toBe('pool-production-web');
  });
});
