import { createVerify, generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import type { RegistrySpec } from '../../../../packages/core/src/config/model.ts';
import { secret } from '../../../../packages/core/src/config/secret.ts';
import { providedLogin } from '../../../../packages/core/src/registry/provider/login.ts';
import { startApi } from './api-server.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const email = 'ci@acme.iam.gserviceaccount.com';
const keyFile = (token_uri: string, more: object = {}) =>
  JSON.stringify({
    type: 'service_account',
    client_email: email,
    private_key: privateKey,
    private_key_id: 'k1',
    token_uri,
    ...more,
  });

function registry(key: string): RegistrySpec {
  return { host: 'europe-docker.pkg.dev', insecure: false, provider: { kind: 'gar', key: secret(key) } };
}

const decoded = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString());

it.each([
  ['JSON', (text: string) => text],
  ['base64', (text: string) => Buffer.from(text).toString('base64')],
])('asks for a token by an assertion signed with the key, given as %s', async (_, form) => {
  await using api = await startApi(() => ({ body: { access_token: 'ya29.token', expires_in: 1800 } }));
  const login = await providedLogin(registry(form(keyFile(`${api.url}/token`))));
  expect(login?.username).toBe('oauth2accesstoken');
  expect(login?.password.reveal()).toBe('ya29.token');
  expect(Math.abs((login?.expires ?? 0) - Date.now() - 1_800_000)).toBeLessThan(10_000);
  const fields = new URLSearchParams(api.asked[0]?.body);
  expect(fields.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
  const [head, claims, signature = ''] = (fields.get('assertion') ?? '').split('.');
  expect(decoded(head)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'k1' });
  expect(decoded(claims)).toMatchObject({ iss: email, aud: `${api.url}/token` });
  expect(decoded(claims).exp - decoded(claims).iat).toBe(3600);
  expect(createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(publicKey, signature, 'base64url')).toBe(true);
  expect(api.asked[0]?.body).not.toContain('PRIVATE');
});

it('takes an access token as the password', async () => {
  const login = await providedLogin(registry('ya29.given'));
  expect(login?.username).toBe('oauth2accesstoken');
  expect(login?.password.reveal()).toBe('ya29.given');
  expect(login?.expires).toBeGreaterThan(Date.now());
});

it('explains a key that Google refuses', async () => {
  const body = { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' };
  await using api = await startApi(() => ({ status: 400, body }));
  await expect(providedLogin(registry(keyFile(api.url)))).rejects.toMatchObject({
    code: 'REGISTRY_AUTH',
    message: `${api.host} refused the key of ${email} for registry europe-docker.pkg.dev (HTTP 400, invalid_grant: Invalid JWT Signature.).`,
    hint: expect.stringContaining('this key of it was not deleted'),
  });
});

it.each([
  [keyFile('http://tokens.example.com/'), /names http:\/\/tokens\.example\.com\/ as token_uri; expected an https URL/],
  [keyFile('https://127.0.0.1:1/', { private_key: 'rubbish' }), /private key of ci@.* cannot be read/],
  ['{"type":"external_account"}', /is external_account; expected the key of a service_account/],
])('refuses a key file that cannot be used', async (key, message) => {
  const error = await providedLogin(registry(key)).catch((caught) => caught);
  expect(error).toMatchObject({ code: 'REGISTRY_AUTH' });
  expect(error.message).toMatch(message);
});
