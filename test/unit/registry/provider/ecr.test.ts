import { describe, expect, it } from 'vitest';
import type { RegistryProvider, RegistrySpec } from '../../../../packages/core/src/config/model.ts';
import { secret } from '../../../../packages/core/src/config/secret.ts';
import { providedLogin } from '../../../../packages/core/src/registry/provider/login.ts';
import { type Answer, startApi } from './api-server.ts';

const host = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
const key = { id: 'AKIAEXAMPLE', secret: secret('the-secret-key') };

function registry(provider: Partial<Extract<RegistryProvider, { kind: 'ecr' }>>): RegistrySpec {
  return {
    host,
    insecure: false,
    provider: { kind: 'ecr', isPublic: false, region: 'eu-central-1', key, ...provider },
  };
}

const token = Buffer.from('AWS:the-password:with-colon').toString('base64');

describe('a login to ECR', () => {
  it('is asked for by GetAuthorizationToken, signed for the region, and has an end', async () => {
    const body = { authorizationData: [{ authorizationToken: token, expiresAt: 1_764_370_000.5, proxyEndpoint: '' }] };
    await using api = await startApi(() => ({ body }));
    const login = await providedLogin(registry({ endpoint: api.url }));
    expect(login).toMatchObject({ username: 'AWS', expires: 1_764_370_000_500 });
    expect(login?.password.reveal()).toBe('the-password:with-colon');
    const [asked] = api.asked;
    expect(asked).toMatchObject({ method: 'POST', url: '/', body: '{}' });
    expect(asked?.headers).toMatchObject({
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
    });
    expect(asked?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/\d{8}\/eu-central-1\/ecr\/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=[0-9a-f]{64}$/,
    );
    expect(JSON.stringify(asked)).not.toContain('the-secret-key');
  });

  it('of the public gallery has an API of its own', async () => {
    const body = { authorizationData: { authorizationToken: token, expiresAt: 1_764_370_000 } };
    await using api = await startApi(() => ({ body }));
    const login = await providedLogin({
      ...registry({ isPublic: true, region: 'us-east-1', endpoint: api.url }),
      host: 'public.ecr.aws',
    });
    expect(login?.username).toBe('AWS');
    expect(api.asked[0]?.headers['x-amz-target']).toBe('SpencerFrontendService.GetAuthorizationToken');
    expect(api.asked[0]?.headers.authorization).toContain('/us-east-1/ecr-public/aws4_request');
  });

  it('is tried again when AWS is busy', async () => {
    const good = { body: { authorizationData: [{ authorizationToken: token }] } };
    await using api = await startApi((_, count) => (count < 3 ? { status: count === 1 ? 500 : 429, body: '' } : good));
    const login = await providedLogin(registry({ endpoint: api.url }));
    expect(login?.username).toBe('AWS');
    // Twelve hours, where AWS does not say.
    expect((login?.expires ?? 0) - Date.now()).toBeGreaterThan(11.9 * 3_600_000);
  });

  const says = (__type: string, message: string, status = 400): Answer => ({ status, body: { __type, message } });
  it.each([
    [
      'ExpiredTokenException',
      'The security token included in the request is expired',
      'REGISTRY_AUTH',
      /have expired/,
      /Get new ones in this job/,
    ],
    [
      'InvalidSignatureException',
      'Signature expired: 20251128T100000Z is now earlier than',
      'REGISTRY_AUTH',
      /clock of this machine/,
      /Set the clock/,
    ],
    [
      'InvalidSignatureException',
      'Credential should be scoped to a valid region.',
      'REGISTRY_AUTH',
      /eu-central-1 is the wrong region/,
      /name of the registry/,
    ],
    [
      'com.amazon#UnrecognizedClientException',
      'The security token included in the request is invalid.',
      'REGISTRY_AUTH',
      /gives key AKIAEXAMPLE no password/,
      /Check the key/,
    ],
    [
      'AccessDeniedException',
      'User: arn:aws:iam::123456789012:user/ci is not authorized to perform: ecr:GetAuthorizationToken',
      'REGISTRY_DENIED',
      /not authorized to perform/,
      /Allow it ecr:GetAuthorizationToken/,
    ],
    ['SomethingNew', 'whatever', 'REGISTRY_UNREACHABLE', /SomethingNew: whatever/, undefined],
  ])('refused with %s (%s) is explained', async (type, message, code, what, hint) => {
    await using api = await startApi(() => says(type, message));
    const error = await providedLogin(registry({ endpoint: api.url })).catch((caught) => caught);
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(what);
    expect(error.message).toContain(host);
    if (hint === undefined) expect(error.hint).toBeUndefined();
    else expect(error.hint).toMatch(hint);
    expect(api.asked).toHaveLength(1);
  });

  it('says that a temporary key lacks its session token', async () => {
    await using api = await startApi(() => says('UnrecognizedClientException', 'The security token is invalid.'));
    const given = { ...key, id: 'ASIATEMPORARY' };
    await expect(providedLogin(registry({ endpoint: api.url, key: given }))).rejects.toMatchObject({
      hint: expect.stringContaining('needs its session token too'),
    });
  });

  it('needs credentials, and says where to put them', async () => {
    await expect(providedLogin(registry({ key: undefined }))).rejects.toMatchObject({
      code: 'REGISTRY_AUTH',
      message: `Registry ${host} needs AWS credentials for a password, and none are given.`,
      hint: expect.stringContaining('AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN'),
    });
  });

  it('that is no login is no login', async () => {
    await using api = await startApi(() => ({ body: { authorizationData: [] } }));
    await expect(providedLogin(registry({ endpoint: api.url }))).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: expect.stringContaining('answered without a password'),
    });
  });
});
