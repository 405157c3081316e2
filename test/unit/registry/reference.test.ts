import { describe, expect, it } from 'vitest';
import {
  configKey,
  isSameRepository,
  normalizeHost,
  parseReference,
  repositoryName,
} from '../../../packages/core/src/registry/reference.ts';

const digest = `sha256:${'a'.repeat(64)}`;

describe('parseReference', () => {
  it.each([
    ['nginx', { registry: 'docker.io', path: 'library/nginx' }],
    ['nginx:1.27-alpine', { registry: 'docker.io', path: 'library/nginx', tag: '1.27-alpine' }],
    ['acme/web', { registry: 'docker.io', path: 'acme/web' }],
    ['docker.io/acme/web:1', { registry: 'docker.io', path: 'acme/web', tag: '1' }],
    ['index.docker.io/nginx', { registry: 'docker.io', path: 'library/nginx' }],
    ['ghcr.io/acme/shop-web', { registry: 'ghcr.io', path: 'acme/shop-web' }],
    ['GHCR.io/acme/shop-web', { registry: 'ghcr.io', path: 'acme/shop-web' }],
    ['localhost/web', { registry: 'localhost', path: 'web' }],
    ['registry.example.com:5000/web', { registry: 'registry.example.com:5000', path: 'web' }],
    ['registry.example.com:5000/a/b:v1', { registry: 'registry.example.com:5000', path: 'a/b', tag: 'v1' }],
    [`ghcr.io/a/b@${digest}`, { registry: 'ghcr.io', path: 'a/b', digest }],
    [`ghcr.io/a/b:v1@${digest}`, { registry: 'ghcr.io', path: 'a/b', tag: 'v1', digest }],
    ['[2001:db8::1]:5000/web', { registry: '[2001:db8::1]:5000', path: 'web' }],
  ])('reads %s', (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
  });

  it.each([
    '',
    'Web',
    'ghcr.io/',
    'ghcr.io/Acme/web',
    'a b',
    'web:',
    'web:-1',
    `web:${'x'.repeat(129)}`,
    'web@sha256:abc',
    'https://ghcr.io/a',
    'a//b',
    '-a.example/b',
  ])('refuses %j', (text) => {
    expect(parseReference(text)).toBeUndefined();
  });
});

describe('normalizeHost', () => {
  it.each([
    ['https://index.docker.io/v1/', 'docker.io'],
    ['registry-1.docker.io', 'docker.io'],
    ['Registry.Example.com:5000', 'registry.example.com:5000'],
    ['https://ghcr.io', 'ghcr.io'],
    ['ghcr.io.example.com', 'ghcr.io.example.com'],
  ])('spells %s as %s', (host, expected) => {
    expect(normalizeHost(host)).toBe(expected);
  });
});

it('names repositories as people write them', () => {
  expect(repositoryName({ registry: 'docker.io', path: 'library/nginx' })).toBe('nginx');
  expect(repositoryName({ registry: 'docker.io', path: 'acme/web' })).toBe('acme/web');
  expect(repositoryName({ registry: 'ghcr.io', path: 'acme/web' })).toBe('ghcr.io/acme/web');
});

it('compares repositories, not spellings', () => {
  expect(isSameRepository('nginx:1', `docker.io/library/nginx@${digest}`)).toBe(true);
  expect(isSameRepository('ghcr.io/a/b', 'ghcr.io/a/b2')).toBe(false);
});

it("keeps Docker Hub's credentials where the Docker CLI looks for them", () => {
  expect(configKey('docker.io')).toBe('https://index.docker.io/v1/');
  expect(configKey('ghcr.io')).toBe('ghcr.io');
});
