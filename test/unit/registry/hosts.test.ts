import { expect, it } from 'vitest';
import { apiHost, configKey, isSameRepository } from '../../../packages/core/src/registry/hosts.ts';

it('compares repositories, not spellings', () => {
  expect(isSameRepository('nginx:1', `docker.io/library/nginx@sha256:${'a'.repeat(64)}`)).toBe(true);
  expect(isSameRepository('ghcr.io/a/b', 'ghcr.io/a/b2')).toBe(false);
  expect(isSameRepository('not an image', 'not an image')).toBe(false);
});

it('knows the two other names of Docker Hub', () => {
  expect(apiHost('docker.io')).toBe('registry-1.docker.io');
  expect(configKey('docker.io')).toBe('https://index.docker.io/v1/');
  expect([apiHost('ghcr.io'), configKey('ghcr.io')]).toEqual(['ghcr.io', 'ghcr.io']);
});
