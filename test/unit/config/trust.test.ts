import { describe, expect, it } from 'vitest';
import { failuresOf, load, withService } from './loading.ts';

const built = 'image: ghcr.io/acme/web\n';
const prebuilt = 'source: { image: nginx }\n';
const secrets = { KEY: '-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nk', PASSWORD: 'password' };
const key = 'key: "${{ secrets.KEY }}"';

describe('scan and sign', () => {
  it('have what they do not say', async () => {
    const { project } = await load(
      withService(`${built}scan: {}\nsign: { ${key}, password: "\${{ secrets.PASSWORD }}" }`),
      {
        secrets,
      },
    );
    const [web] = project.services;
    expect(web?.scan).toEqual({ tool: 'trivy', failOn: 'critical' });
    expect(web?.sign).toMatchObject({ tool: 'cosign', keyless: false, transparencyLog: false, verify: true });
    expect(JSON.stringify(web?.sign)).not.toContain('SIGSTORE');
  });

  it('read a public key from a file', async () => {
    const publicKey = '-----BEGIN PUBLIC KEY-----\np\n';
    const options = { readFile: async () => publicKey };
    const { project } = await load(withService(`${prebuilt}sign: { public-key: cosign.pub }`), options);
    expect(project.services[0]?.sign).toMatchObject({ publicKey, verify: true });
  });

  it('take a key in a KMS as it is, and warn of one that anybody can read', async () => {
    const kms = await load(withService(`${built}sign: { key: "awskms:///alias/web" }`));
    expect(kms.project.services[0]?.sign?.key).toBe('awskms:///alias/web');
    expect(kms.warnings).toEqual([]);
    const open = await load(withService(`${built}sign: { key: "-----BEGIN ENCRYPTED" }`));
    expect(open.warnings[0]?.message).toContain('services.web.sign.key is no reference to a secret');
  });

  it('use the log where there is no key', async () => {
    const identity = 'identity: https://a.example/b, issuer: https://i.example';
    const { project } = await load(withService(`${built}sign: { keyless: true, ${identity} }`));
    expect(project.services[0]?.sign?.transparencyLog).toBe(true);
  });

  it.each<[string, string]>([
    [`${built}sign: {}`, 'services.web.sign has neither key nor keyless, so nobody signs the image.'],
    [
      `sign: { ${key} }`,
      'services.web has sign and no image; cosign keeps signatures in the registry, beside the image.',
    ],
    [
      `${built}sign: { ${key}, keyless: true, identity: a, issuer: b }`,
      'services.web.sign has both keyless and key; it can have only one of them.',
    ],
    [
      `${built}sign: { keyless: true }`,
      'services.web.sign verifies a keyless signature without saying whose; anybody can have one.',
    ],
    [
      `${built}sign: { keyless: true, verify: false, transparency-log: false }`,
      'services.web.sign has both keyless and transparency-log: false; the certificate lives for ten minutes, and only the log tells later that it was valid.',
    ],
    [`${built}sign: { ${key}, issuer: b }`, 'services.web.sign has issuer without keyless; a key has none.'],
    [
      `${built}sign: { keyless: true, issuer: b, identity: a, identity-pattern: a }`,
      'services.web.sign has both identity and identity-pattern.',
    ],
    [
      `${prebuilt}sign: { ${key} }`,
      'services.web.sign has a key, but a prebuilt image is not pushed, and so not signed.',
    ],
    [`${prebuilt}sign: {}`, 'services.web.sign does not say by which key the image is signed.'],
    [
      `${prebuilt}sign: { verify: false, public-key: "awskms:///a" }`,
      'services.web.sign does nothing: a prebuilt image can only be verified.',
    ],
    [
      `${prebuilt}sign: { password: "\${{ secrets.PASSWORD }}", public-key: "awskms:///a" }`,
      'services.web.sign has a password and no key for it.',
    ],
  ])('refuse what protects nothing: %s', async (service, message) => {
    const failures = await failuresOf(withService(service), { secrets });
    expect(failures.map((failure) => failure.message)).toEqual([message]);
    expect(failures[0]).toMatchObject({ code: 'CONFIG_CONFLICT', exitStatus: 64, hint: expect.any(String) });
  });
});
