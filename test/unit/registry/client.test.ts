import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { RegistrySpec, Secret } from '../../../packages/core/src/config/model.ts';
import { type ClientOptions, RegistryClient } from '../../../packages/core/src/registry/client.ts';
import { manifestDigest, startRegistry } from './registry-server.ts';

const secret = (value: string): Secret => ({
  secret: true,
  reveal: () => value,
  toString: () => '***',
  toJSON: () => '***',
});

const spec = (host: string, password?: string): RegistrySpec => ({
  host,
  insecure: true,
  ...(password === undefined ? {} : { username: 'ci', password: secret(password) }),
});

const open = (registry: RegistrySpec, options: ClientOptions = {}) =>
  new RegistryClient(registry, { retries: 2, ...options });

describe.each(['basic', 'bearer'] as const)('a registry with %s authentication', (auth) => {
  it('gives the digest of a tag', async () => {
    await using server = await startRegistry({ auth });
    await using client = open(spec(server.host, 'right'));
    expect(await client.digest('acme/web', '1')).toBe(manifestDigest);
    expect(await client.digest('acme/web', 'absent')).toBeUndefined();
  });

  it('asks for credentials once, then needs one turn a request', async () => {
    await using server = await startRegistry({ auth });
    await using client = open(spec(server.host, 'right'));
    await client.prepare('acme/web');
    const before = server.requests.length;
    await Promise.all([client.digest('acme/web', '1'), client.digest('acme/web', 'absent')]);
    expect(server.requests.length - before).toBe(2);
  });

  it('answers parallel first requests', async () => {
    await using server = await startRegistry({ auth });
    await using client = open(spec(server.host, 'right'));
    const digests = await Promise.all([1, 2, 3, 4].map(() => client.digest('acme/web', '1')));
    expect(digests).toEqual([manifestDigest, manifestDigest, manifestDigest, manifestDigest]);
  });

  it('names registry and user of a wrong password, never the password', async () => {
    await using server = await startRegistry({ auth });
    await using client = open(spec(server.host, 'hunter2'));
    const error = await client.digest('acme/web', '1').catch((caught) => caught);
    expect(error).toMatchObject({ code: 'REGISTRY_AUTH' });
    expect(error.message).toContain(`Registry ${server.host} refused the password of user ci`);
    expect(`${error.message} ${error.hint} ${JSON.stringify(error)}`).not.toContain('hunter2');
  });

  it('asks for credentials that are not declared', async () => {
    await using server = await startRegistry({ auth });
    await using client = open(spec(server.host));
    await expect(client.digest('acme/web', '1')).rejects.toMatchObject({
      code: 'REGISTRY_AUTH',
      message: expect.stringContaining(`Registry ${server.host} asks for credentials`),
    });
  });
});

it('asks the token service for exactly the access it needs', async () => {
  await using server = await startRegistry({ auth: 'bearer' });
  await using client = open(spec(server.host, 'right'));
  await client.prepare('acme/web', 'pull,push');
  const asked = server.requests.map(({ url }) => url).filter((url) => url.startsWith('/token'));
  expect(asked).toEqual(['/token?service=lab&scope=repository%3Aacme%2Fweb%3Apull%2Cpush&account=ci']);
});

it('denies what a known user may not do', async () => {
  await using server = await startRegistry({
    first: (request, response) => {
      if (request.method !== 'PUT') return false;
      response.statusCode = 403;
      response.end('{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}');
      return true;
    },
  });
  await using client = open(spec(server.host, 'right'));
  const manifest = await client.manifest('acme/web', '1');
  if (manifest === undefined) throw new Error('no manifest');
  await expect(client.tag('acme/web', manifest, '2')).rejects.toMatchObject({
    code: 'REGISTRY_DENIED',
    message: `Registry ${server.host} denies user ci access to tag acme/web:2 (HTTP 403, "requested access to the resource is denied").`,
  });
});

it('gives a manifest another tag, byte for byte, and finds the tags of a digest', async () => {
  await using server = await startRegistry({ auth: 'basic' });
  await using client = open(spec(server.host, 'right'));
  const manifest = await client.manifest('acme/web', '1');
  if (manifest === undefined) throw new Error('no manifest');
  await client.tag('acme/web', manifest, 'latest');
  expect(await client.tags('acme/web')).toEqual(['1', 'latest']);
  expect(await client.tagsOf('acme/web', manifestDigest)).toEqual(['1', 'latest']);
  expect(await client.tagsOf('acme/web', `sha256:${'0'.repeat(64)}`)).toEqual([]);
});

it('refuses a manifest that is not what its name promises', async () => {
  const wanted = `sha256:${'0'.repeat(64)}`;
  await using server = await startRegistry({
    first: (_, response) => {
      response.end('{"schemaVersion":2}');
      return true;
    },
  });
  await using client = open(spec(server.host));
  await expect(client.manifest('acme/web', wanted)).rejects.toMatchObject({
    code: 'DIGEST_MISMATCH',
    message: `Registry ${server.host} sent a manifest of acme/web with digest ${manifestDigest}; expected ${wanted}.`,
  });
});

it('hashes the body where the registry names no digest', async () => {
  await using server = await startRegistry({
    first: (request, response) => {
      response.end(request.method === 'HEAD' ? undefined : '{"schemaVersion":2}');
      return true;
    },
  });
  await using client = open(spec(server.host));
  expect(await client.digest('acme/web', '1')).toBe(manifestDigest);
});

it.each([
  ['a failing registry', 503],
  ['a rate limit', 429],
])('tries again after %s', async (_, status) => {
  await using server = await startRegistry({
    first: (_request, response, seen) => {
      if (seen > 2) return false;
      response.writeHead(status).end();
      return true;
    },
  });
  const reasons: string[] = [];
  await using client = open(spec(server.host), { onRetry: (reason) => reasons.push(reason) });
  expect(await client.digest('acme/web', '1')).toBe(manifestDigest);
  expect(reasons).toHaveLength(2);
});

it('tries again after a connection that was cut', async () => {
  await using server = await startRegistry({
    first: (request, _, seen) => {
      if (seen > 1) return false;
      request.socket.destroy();
      return true;
    },
  });
  await using client = open(spec(server.host));
  expect(await client.digest('acme/web', '1')).toBe(manifestDigest);
});

it('says how long it was limited and for whom when the limit stays', async () => {
  await using server = await startRegistry({
    first: (_, response) => {
      response
        .writeHead(429, { 'retry-after': '3600' })
        .end('{"errors":[{"message":"toomanyrequests: pull rate limit"}]}');
      return true;
    },
  });
  await using client = open(spec(server.host));
  await expect(client.digest('acme/web', '1')).rejects.toMatchObject({
    code: 'REGISTRY_RATE_LIMITED',
    message: `Registry ${server.host} limits how often it may be asked (HTTP 429, "toomanyrequests: pull rate limit", for acme/web:1).`,
  });
  expect(server.requests).toHaveLength(1);
});

it('sends no password where tokens would travel in the clear', async () => {
  await using server = await startRegistry({ auth: 'bearer' });
  const dial = async () => connect(Number(server.host.split(':')[1]), '127.0.0.1');
  await using client = new RegistryClient({ ...spec(server.host, 'right'), insecure: false }, { retries: 0, dial });
  await expect(client.digest('acme/web', '1')).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
  expect(server.requests).toEqual([]);
});

describe('through a server', () => {
  it('uses its connection first', async () => {
    await using server = await startRegistry({ auth: 'basic' });
    const dialled: string[] = [];
    const dial = async (host: string, port: number) => {
      dialled.push(`${host}:${port}`);
      return connect(Number(server.host.split(':')[1]), '127.0.0.1');
    };
    await using client = open(spec('registry.internal:5000', 'right'), { dial });
    expect(await client.digest('acme/web', '1')).toBe(manifestDigest);
    expect(dialled).toEqual(['registry.internal:5000']);
  });

  it('connects from here where the server grants no connection', async () => {
    await using server = await startRegistry({ auth: 'basic' });
    const dial = () => Promise.reject(new Error('forwarding is off'));
    await using client = open(spec(server.host, 'right'), { dial });
    expect(await client.digest('acme/web', '1')).toBe(manifestDigest);
  });
});

it('names a registry that is not there', async () => {
  await using client = new RegistryClient(spec('127.0.0.1:1'), { retries: 0 });
  await expect(client.digest('acme/web', '1')).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: expect.stringContaining('Registry 127.0.0.1:1 cannot be reached: '),
  });
});
