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
