import { expect, it } from 'vitest';
import type { RegistrySpec, Secret } from '../../../packages/core/src/config/model.ts';
import { registryOf, registryOfImage } from '../../../packages/core/src/registry/credentials.ts';
import { dockerConfig, registryAuthHeader } from '../../../packages/core/src/registry/docker-config.ts';

const secret = (value: string): Secret => ({
  secret: true,
  reveal: () => value,
  toString: () => '***',
  toJSON: () => '***',
});

const registries: Record<string, RegistrySpec> = {
  'docker.io': { host: 'docker.io', username: 'acme', password: secret('hub'), insecure: false },
  'registry.example.com:5000': {
    host: 'registry.example.com:5000',
    username: 'ci',
    password: secret('p:w "$\\'),
    insecure: false,
  },
};

it('finds a registry by its whole host, never by a part of it', () => {
  expect(registryOf(registries, 'https://index.docker.io/v1/')?.username).toBe('acme');
  expect(registryOf(registries, 'registry.example.com')).toBeUndefined();
  expect(registryOf(registries, 'evil-registry.example.com:5000')).toBeUndefined();
});

it('treats an undeclared registry as anonymous', () => {
  expect(registryOfImage(registries, 'ghcr.io/a/b:1')).toEqual({ host: 'ghcr.io', insecure: false });
  expect(registryOfImage(registries, 'nginx')).toBe(registries['docker.io']);
});

it("writes Docker's config.json with the credentials and nothing else", () => {
  const config = JSON.parse(
    dockerConfig([...Object.values(registries), { host: 'ghcr.io', insecure: false }], ['/home/u/.docker/cli-plugins']),
  );
  expect(config).toEqual({
    auths: {
      'https://index.docker.io/v1/': { auth: 'YWNtZTpodWI=' },
      'registry.example.com:5000': { auth: Buffer.from('ci:p:w "$\\').toString('base64') },
    },
    cliPluginsExtraDirs: ['/home/u/.docker/cli-plugins'],
  });
});

it("gives the Engine API's credentials in its own encoding", () => {
  const header = registryAuthHeader(registries['registry.example.com:5000'] as RegistrySpec) ?? '';
  expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
    username: 'ci',
    password: 'p:w "$\\',
    serveraddress: 'registry.example.com:5000',
  });
  expect(registryAuthHeader({ host: 'ghcr.io', insecure: false })).toBeUndefined();
});

it.each([
  ['acme/web:1', 'docker.io'],
  ['index.docker.io/acme/web', 'docker.io'],
  ['ghcr.io/acme/shop/web@sha256:' + 'a'.repeat(64), 'ghcr.io'],
  ['gitlab.example.com:5050/group/sub/project/web:main', 'gitlab.example.com:5050'],
  ['gitlab.example.com/group/project', 'gitlab.example.com'],
  ['quay.io/acme/web', 'quay.io'],
  ['public.ecr.aws/nginx/nginx', 'public.ecr.aws'],
  ['123456789012.dkr.ecr.us-east-1.amazonaws.com/team/web:1', '123456789012.dkr.ecr.us-east-1.amazonaws.com'],
  ['europe-west1-docker.pkg.dev/my-project/repo/web', 'europe-west1-docker.pkg.dev'],
  ['localhost:5000/web', 'localhost:5000'],
])('sends %s the credentials of %s and of no other', (image, host) => {
  const hosts = [
    'docker.io',
    'ghcr.io',
    'gitlab.example.com',
    'gitlab.example.com:5050',
    'quay.io',
    'public.ecr.aws',
    '123456789012.dkr.ecr.us-east-1.amazonaws.com',
    'us-east-1.amazonaws.com',
    'europe-west1-docker.pkg.dev',
    'pkg.dev',
    'localhost:5000',
    'localhost',
  ];
  const all = Object.fromEntries(
    hosts.map((name) => [name, { host: name, username: name, password: secret(name), insecure: false }]),
  );
  expect(registryOfImage(all, image).username).toBe(host);
  const { [host]: _, ...others } = all;
  expect(registryOfImage(others, image).username).toBeUndefined();
});
