import { describe, expect, it } from 'vitest';
import type { SignSpec } from '../../../packages/core/src/config/model.ts';
import { secret } from '../../../packages/core/src/config/secret.ts';
import { accessHint, lastWords } from '../../../packages/core/src/trust/diagnose.ts';
import { isVerdict } from '../../../packages/core/src/trust/sign.ts';
import { missingIdentity, publicKeyCall, signCall, verifyCall } from '../../../packages/core/src/trust/sign-plan.ts';

const image = 'registry.example.com/acme/web@sha256:0';
const pem = '-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nabc\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n';
const publicKey = '-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----\n';
const byKey: SignSpec = {
  tool: 'cosign',
  key: secret(pem),
  password: secret('pass word'),
  publicKey,
  keyless: false,
  transparencyLog: false,
  verify: true,
};
const keyless: SignSpec = {
  tool: 'cosign',
  keyless: true,
  identity: 'https://github.com/acme/shop/.github/workflows/deploy.yml@refs/heads/main',
  issuer: 'https://token.actions.githubusercontent.com',
  transparencyLog: true,
  verify: true,
};

describe('what cosign is called with', () => {
  it('has the key and its password in the environment, and only there', () => {
    const call = signCall(byKey, image, { insecure: true }, '--use-signing-config=true:');
    expect(call).toEqual({
      args: [
        'sign',
        '--yes',
        '--key=env://DRAYAGE_SIGNING_KEY',
        '--tlog-upload=false',
        '--use-signing-config=false',
        '--allow-http-registry',
        image,
      ],
      env: { DRAYAGE_SIGNING_KEY: pem, COSIGN_PASSWORD: 'pass word' },
    });
    expect(signCall(byKey, image, { insecure: false }, '').args).not.toContain('--use-signing-config=false');
    expect(signCall({ ...byKey, transparencyLog: true }, image, { insecure: false }, '').args).toEqual([
      'sign',
      '--yes',
      '--key=env://DRAYAGE_SIGNING_KEY',
      image,
    ]);
  });

  it('never leaves cosign waiting for a password', () => {
    expect(signCall({ ...byKey, password: undefined }, image, { insecure: false }, '').env.COSIGN_PASSWORD).toBe('');
  });

  it('names a key in a KMS', () => {
    const kms = { ...byKey, key: 'awskms:///alias/web', password: undefined, publicKey: undefined };
    expect(signCall(kms, image, { insecure: false }, '').args).toContain('--key=awskms:///alias/web');
    expect(publicKeyCall(kms)?.args).toEqual(['public-key', '--key=awskms:///alias/web']);
    const verify = verifyCall({ ...kms, publicKey: 'awskms:///alias/web' }, image, { insecure: false });
    expect(verify.args).toContain('--key=awskms:///alias/web');
  });

  it('verifies with the public key, by a registry of its own authority', () => {
    expect(verifyCall(byKey, image, { ca: '/tmp/ca.pem', insecure: false })).toEqual({
      args: [
        'verify',
        '--key=env://DRAYAGE_PUBLIC_KEY',
        '--insecure-ignore-tlog=true',
        '--registry-cacert=/tmp/ca.pem',
        image,
      ],
      env: { DRAYAGE_PUBLIC_KEY: publicKey },
    });
    expect(publicKeyCall(byKey)).toBeUndefined();
  });

  it('verifies who signed without a key, and by whose word', () => {
    expect(verifyCall(keyless, image, { insecure: false })).toEqual({
      args: [
        'verify',
        `--certificate-identity=${keyless.identity}`,
        `--certificate-oidc-issuer=${keyless.issuer}`,
        image,
      ],
      env: {},
    });
    const pattern = { ...keyless, identity: undefined, identityPattern: 'https://a/.*|https://b' };
    expect(verifyCall(pattern, image, { insecure: false }).args).toContain(
      '--certificate-identity-regexp=^(?:https://a/.*|https://b)$',
    );
    expect(signCall(keyless, image, { insecure: false }, '--use-signing-config').args).toEqual([
      'sign',
      '--yes',
      image,
    ]);
  });
});

describe('an identity token', () => {
  it.each<[Record<string, string>, RegExp | undefined]>([
    [{ GITHUB_ACTIONS: 'true' }, /id-token: write/],
    [{ GITHUB_ACTIONS: 'true', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 't' }, undefined],
    [{ GITLAB_CI: 'true' }, /id_tokens: \{ SIGSTORE_ID_TOKEN: \{ aud: sigstore \} \}/],
    [{ GITLAB_CI: 'true', SIGSTORE_ID_TOKEN: 't' }, undefined],
    [{ BITBUCKET_BUILD_NUMBER: '1' }, /sign\.key/],
    [{}, undefined],
  ])('is missed before cosign waits for a browser: %j', (env, hint) => {
    const missing = missingIdentity((name) => env[name]);
    if (hint === undefined) expect(missing).toBeUndefined();
    else expect(missing).toMatch(hint);
  });
});

/** As cosign 2.5.0 and 3.1.3 said it to a registry. */
describe('what cosign says', () => {
  const said = (last: string) =>
    lastWords(
      `WARNING: Skipping tlog verification is an insecure practice.\nError: ${last}\nerror during command execution: ${last}\n`,
    );

  it.each([
    'no signatures found',
    'no matching signatures: invalid signature when validating ASN.1 encoded signature',
    'no matching attestations: failed to verify signature: could not verify envelope: accepted signatures do not match threshold, Found: 0, Expected 1',
  ])('is a verdict: %s', (text) => {
    expect(said(text)).toBe(text);
    expect(isVerdict(text)).toBe(true);
  });

  it.each<[string, RegExp]>([
    ['GET https://r.example.com/v2/a/manifests/x: UNAUTHORIZED: authentication required; []', /user name/],
    [
      'Get "https://r.example.com/v2/": dial tcp 192.0.2.1:443: connect: connection refused',
      /must reach r\.example\.com/,
    ],
    [
      'GET http://10.0.0.1:5443/v2/: unexpected status code 400 Bad Request: Client sent an HTTP request to an HTTPS server',
      /authority of the registry/,
    ],
    ['Get "https://r.example.com/v2/": tls: failed to verify certificate: x509: unknown authority', /authority/],
  ])('is a fault on the way: %s', (text, hint) => {
    expect(isVerdict(said(text))).toBe(false);
    expect(accessHint(text, { registry: { host: 'r.example.com', insecure: false } })).toMatch(hint);
  });
});
