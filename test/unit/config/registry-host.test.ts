import { describe, expect, it } from 'vitest';
import { normalizeRegistryHost } from '../../../packages/core/src/config/registry-host.ts';

describe('normalizeRegistryHost', () => {
  it.each([
    ['ghcr.io', 'ghcr.io'],
    ['GHCR.io', 'ghcr.io'],
    ['https://ghcr.io/', 'ghcr.io'],
    ['https://ghcr.io/v2/', 'ghcr.io'],
    ['registry.example.com:5000', 'registry.example.com:5000'],
    ['docker.io', 'docker.io'],
    ['https://index.docker.io/v1/', 'docker.io'],
    ['index.docker.io/v1', 'docker.io'],
    ['registry-1.docker.io', 'docker.io'],
    ['localhost:5000', 'localhost:5000'],
    ['[::1]:5000', '[::1]:5000'],
    ['registry.hub.docker.com', 'docker.io'],
    ['hub.docker.com', 'docker.io'],
    ['https://registry-1.docker.io/v2/', 'docker.io'],
    ['registry.gitlab.com', 'registry.gitlab.com'],
    ['https://gitlab.example.com:5050/', 'gitlab.example.com:5050'],
    ['quay.io', 'quay.io'],
    ['public.ecr.aws', 'public.ecr.aws'],
    ['123456789012.dkr.ecr.us-east-1.amazonaws.com', '123456789012.dkr.ecr.us-east-1.amazonaws.com'],
    ['acme.azurecr.io', 'acme.azurecr.io'],
    ['europe-west1-docker.pkg.dev', 'europe-west1-docker.pkg.dev'],
    ['gcr.io', 'gcr.io'],
  ])('reads %s as %s', (text, host) => {
    expect(normalizeRegistryHost(text)).toBe(host);
  });

  it.each(['ghcr.io/acme', 'user@ghcr.io', 'my registry', '', 'ghcr.io:', '-a.io'])('refuses "%s"', (text) => {
    expect(normalizeRegistryHost(text)).toBeUndefined();
  });

  it('keeps hosts apart that only look alike', () => {
    expect(normalizeRegistryHost('docker.io.example.com')).toBe('docker.io.example.com');
    expect(normalizeRegistryHost('ghcr.io:443')).not.toBe(normalizeRegistryHost('ghcr.io'));
  });
});
