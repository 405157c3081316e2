import { expect, it } from 'vitest';
import { secret } from '../../../../packages/core/src/config/secret.ts';
import { signedHeaders } from '../../../../packages/core/src/registry/provider/aws-signature.ts';

/** AWS Signature Version 4 test suite (aws-sig-v4-test-suite): its credentials, date and scope. */
const key = { id: 'AKIDEXAMPLE', secret: secret('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY') };
const scope = { service: 'service', region: 'us-east-1', at: '20150830T123600Z' };
const url = new URL('https://example.amazonaws.com/');
const credential = 'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request';

it.each([
  ['post-vanilla', {}, 'host;x-amz-date', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  [
    'post-header-key-sort',
    { 'My-Header1': 'value1' },
    'host;my-header1;x-amz-date',
    'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
  ],
])('signs as the published vector %s', async (_, headers, names, signature) => {
  const signed = await signedHeaders({ url, headers, body: '' }, key, scope);
  expect(signed.authorization).toBe(`${credential}, SignedHeaders=${names}, Signature=${signature}`);
  expect(signed['x-amz-date']).toBe('20150830T123600Z');
});

it('signs a session token with the rest', async () => {
  const signed = await signedHeaders(
    { url, headers: {}, body: '{}' },
    { ...key, session: secret('the-session') },
    scope,
  );
  expect(signed['x-amz-security-token']).toBe('the-session');
  expect(signed.authorization).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token');
});
