import { expect, it } from 'vitest';
import type { RegistrySpec } from '../../../../packages/core/src/config/model.ts';
import { secret } from '../../../../packages/core/src/config/secret.ts';
import { providedLogin } from '../../../../packages/core/src/registry/provider/login.ts';
import { startApi } from './api-server.ts';

const nobody = '00000000-0000-0000-0000-000000000000';
const jwt = (claims: object) =>
  ['{"alg":"RS256"}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
const inAnHour = Math.floor(Date.now() / 1000) + 3600;
const entra = jwt({ aud: 'https://management.azure.com/', tid: 'the-tenant', exp: inAnHour });

function registry(host: string, token: string): RegistrySpec {
  return { host, insecure: true, provider: { kind: 'acr', token: secret(token) } };
}

it('exchanges a token of Entra for one of the registry, which is the password until it ends', async () => {
  const refresh = jwt({ exp: inAnHour + 7200 });
  await using api = await startApi(() => ({ body: { refresh_token: refresh } }));
  const login = await providedLogin(registry(api.host, entra));
  expect(login).toMatchObject({ username: nobody, expires: (inAnHour + 7200) * 1000 });
  expect(login?.password.reveal()).toBe(refresh);
  expect(api.asked[0]).toMatchObject({ method: 'POST', url: '/oauth2/exchange' });
  expect(api.asked[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
  expect(Object.fromEntries(new URLSearchParams(api.asked[0]?.body))).toEqual({
    grant_type: 'access_token',
    service: api.host,
    tenant: 'the-tenant',
    access_token: entra,
  });
});

it('uses a token of the registry itself as it is', async () => {
  const given = jwt({ aud: 'acme.azurecr.io', exp: inAnHour });
  const login = await providedLogin(registry('acme.azurecr.io', given));
  expect(login).toMatchObject({ username: nobody, expires: inAnHour * 1000 });
  expect(login?.password.reveal()).toBe(given);
});

it.each([
  [entra, 'az account get-access-token'],
  [jwt({ exp: 1_500_000_000 }), 'It has expired'],
])('explains a refusal, without the token', async (token, hint) => {
  await using api = await startApi(() => ({
    status: 401,
    body: { errors: [{ code: 'UNAUTHORIZED', message: 'invalid access token' }] },
  }));
  const error = await providedLogin(registry(api.host, token)).catch((caught) => caught);
  expect(error).toMatchObject({ code: 'REGISTRY_AUTH', hint: expect.stringContaining(hint) });
  expect(error.message).toBe(
    `Registry ${api.host} refused the token of Microsoft Entra ID (HTTP 401, "invalid access token").`,
  );
  expect(JSON.stringify([error.message, error.hint])).not.toContain(token);
});

it('tells a registry that is none of Azure', async () => {
  await using api = await startApi(() => ({ status: 404, body: '404 page not found' }));
  await expect(providedLogin(registry(api.host, entra))).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: expect.stringContaining('expected an Azure Container Registry'),
  });
});
