import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadProject } from '../../../packages/core/src/config/load.ts';
import type { RegistrySpec } from '../../../packages/core/src/config/model.ts';
import { providedLogin } from '../../../packages/core/src/registry/provider/login.ts';
import { tool } from '../tools/tool.ts';

interface Key {
  readonly id: string;
  readonly secret: string;
}

const moto = await tool('moto');

/** An emulator of AWS that other people wrote; with its own accounts it checks signatures as AWS does. */
describe.skipIf(moto === undefined)('a login to ECR at moto (skipped without pip3)', () => {
  let server: ChildProcess;
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    server = spawn('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
      stdio: 'ignore',
      env: { ...process.env, PYTHONPATH: dirname(moto ?? ''), INITIAL_NO_AUTH_ACTION_COUNT: '5' },
    });
    for (let patience = 600; patience > 0; patience -= 1) {
      if (
        await fetch(`${url}/moto-api/`).then(
          () => true,
          () => false,
        )
      )
        return;
      await sleep(100);
    }
    throw new Error('moto does not answer.');
  });
  afterAll(async () => {
    server.kill();
    await once(server, 'exit');
  });

  async function registry(host: string, id: string, key: string): Promise<RegistrySpec> {
    const env = { AWS_ENDPOINT_URL: url, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: key };
    const text = `project: shop\nregistries: { ${host}: { type: ecr } }\n`;
    return (await loadProject({ text, env })).project.registries[host] as RegistrySpec;
  }

  const host = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
  let key: Key;
  let stranger: Key;

  it('counts for a user of IAM with the right to it, by the signature', async () => {
    // Five calls are free, to make a user who may do this one thing, and one who may do nothing.
    key = await userOf('ci');
    await iam({
      Action: 'PutUserPolicy',
      UserName: 'ci',
      PolicyName: 'ecr',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' }],
      }),
    });
    stranger = await userOf('stranger');
    const login = await providedLogin(await registry(host, key.id, key.secret));
    expect(login?.username).toBe('AWS');
    expect(login?.password.reveal()).toMatch(/auth-token$/);
    expect(login?.expires).toBeGreaterThan(0);
  });

  it('is refused with a wrong secret, which no signature fits', async () => {
    await expect(providedLogin(await registry(host, key.id, 'not-the-secret'))).rejects.toMatchObject({
      code: 'REGISTRY_AUTH',
      message: expect.stringContaining(`gives key ${key.id} no password for registry ${host}`),
    });
  });

  it('is refused with a key that nobody knows', async () => {
    await expect(providedLogin(await registry(host, 'AKIANOBODY', key.secret))).rejects.toMatchObject({
      code: 'REGISTRY_AUTH',
    });
  });

  it('is denied to a user without the right to it', async () => {
    await expect(providedLogin(await registry(host, stranger.id, stranger.secret))).rejects.toMatchObject({
      code: 'REGISTRY_DENIED',
      message: expect.stringContaining('ecr:GetAuthorizationToken'),
      hint: 'Allow it ecr:GetAuthorizationToken on resource "*".',
    });
  });

  async function userOf(UserName: string): Promise<Key> {
    await iam({ Action: 'CreateUser', UserName });
    const made = await iam({ Action: 'CreateAccessKey', UserName });
    const [, id = ''] = /<AccessKeyId>(.*?)</.exec(made) ?? [];
    const [, secret = ''] = /<SecretAccessKey>(.*?)</.exec(made) ?? [];
    return { id, secret };
  }

  async function iam(parameters: Record<string, string>): Promise<string> {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization:
          'AWS4-HMAC-SHA256 Credential=any/20251128/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0',
      },
      body: new URLSearchParams({ Version: '2010-05-08', ...parameters }).toString(),
    });
    const body = await answer.text();
    if (!answer.ok) throw new Error(body);
    return body;
  }
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
