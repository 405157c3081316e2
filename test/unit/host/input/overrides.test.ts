import { describe, expect, it } from 'vitest';
import { isSecret, reveal } from '../../../../packages/core/src/config/secret.ts';
import type { NamedInput } from '../../../../packages/core/src/host/input/declaration.ts';
import { overridesOf } from '../../../../packages/core/src/host/input/overrides.ts';

const input = (name: string, kind: NamedInput['kind'], rest: Partial<NamedInput>): NamedInput => ({
  name,
  kind,
  description: '',
  ...rest,
});

describe('overridesOf', () => {
  it('puts a value at the key it replaces', () => {
    const inputs = [
      input('dockerfile', 'text', { sets: 'services.*.build.dockerfile' }),
      input('replicas', 'number', { sets: 'services.*.deploy.replicas' }),
      input('title', 'text', {}),
    ];
    expect(overridesOf(inputs, { dockerfile: 'a/Dockerfile', replicas: 2, title: 'x' }, 'web')).toEqual({
      services: { web: { build: { dockerfile: 'a/Dockerfile' }, deploy: { replicas: 2 } } },
    });
  });

  it('declares servers that are given by their address', () => {
    const servers = input('servers', 'list', { sets: 'services.*.deploy.servers' });
    expect(overridesOf([servers], { servers: ['node-1', 'ssh://app@203.0.113.9:2222', 'local'] }, 'web')).toEqual({
      servers: { '203.0.113.9-2222': { host: '203.0.113.9', user: 'app', port: 2222 }, local: { host: 'local' } },
      services: { web: { deploy: { servers: ['node-1', '203.0.113.9-2222', 'local'] } } },
    });
  });

  it('makes maps of NAME=value lines, and keeps what follows the first =', () => {
    const env = input('env', 'lines', { sets: 'services.*.deploy.env', shape: 'pairs' });
    expect(overridesOf([env], { env: ['A=1', 'B=x=y ', 'C='] }, 'web')).toEqual({
      services: { web: { deploy: { env: { A: '1', B: 'x=y ', C: '' } } } },
    });
  });

  it('does not repeat a line without a name: it may be a secret', () => {
    const env = input('env', 'lines', { sets: 'services.*.deploy.env', shape: 'pairs' });
    expect(() => overridesOf([env], { env: ['A=1', 'hunter22'] }, 'web')).toThrow(
      'Line 2 of the input "env" has no NAME= at its beginning.',
    );
  });

  it('reads ports', () => {
    const ports = input('ports', 'lines', { sets: 'services.*.deploy.ports', shape: 'ports' });
    expect(overridesOf([ports], { ports: ['8080:80', '53:53/udp'] }, 'web')).toEqual({
      services: {
        web: {
          deploy: {
            ports: [
              { published: 8080, target: 80, protocol: 'tcp', mode: 'host' },
              { published: 53, target: 53, protocol: 'udp', mode: 'host' },
            ],
          },
        },
      },
    });
    expect(() => overridesOf([ports], { ports: ['80'] }, 'web')).toThrow('"80" in the input "ports" is no port');
  });

  it('puts the credentials of a registry under its host and keeps them secret', () => {
    const inputs = [
      input('image', 'text', { sets: 'services.*.image', shape: 'repository' }),
      input('registry-password', 'secret', { sets: 'registries.@.password' }),
    ];
    const overrides = overridesOf(inputs, { image: 'ghcr.io/acme/web:1', 'registry-password': 'hunter22' }, 'web');
    expect(overrides.services).toEqual({ web: { image: 'ghcr.io/acme/web' } });
    const { 'ghcr.io': registry } = overrides.registries as Record<string, { password: unknown }>;
    expect(isSecret(registry?.password)).toBe(true);
    expect(isSecret(registry?.password) && reveal(registry.password)).toBe('hunter22');
    expect(() => overridesOf(inputs, { 'registry-password': 'hunter22' }, 'web')).toThrow('needs "registry" beside it');
  });

  it('describes one domain as a list of one', () => {
    const inputs = [
      input('domain', 'text', { sets: 'services.*.domains.0.host' }),
      input('domain-port', 'number', { sets: 'services.*.domains.0.port' }),
    ];
    expect(overridesOf(inputs, { domain: 'shop.example.com', 'domain-port': 3000 }, 'web')).toEqual({
      services: { web: { domains: [{ host: 'shop.example.com', port: 3000 }] } },
    });
  });
});
