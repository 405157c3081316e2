import { describe, expect, it } from 'vitest';
import { loadProject } from '../../../packages/core/src/config/load.ts';
import { configFile } from '../../demo/config-file.ts';

const host = (address: string) => ({ address, user: 'root', hostKey: `SHA256:${'a'.repeat(43)}` });

const text = (mode: 'standalone' | 'swarm') =>
  configFile({
    mode,
    builder: host('10.0.0.1'),
    nodes: [host('10.0.0.2'), host('10.0.0.3')],
    registry: { host: '10.0.0.9:5443', username: 'lab', caFile: 'certificates/registry.pem' },
    acme: { directory: 'https://10.0.0.9:14000/dir', caFile: 'certificates/acme.pem' },
    repository: 'http://10.0.0.9:3000/shop.git',
    domain: 'shop.example.com',
  });

describe.each(['standalone', 'swarm'] as const)('the drayage.yml of the demonstration, %s', (mode) => {
  it('is valid and asks for what the demonstration shows', async () => {
    const { project, warnings } = await loadProject({
      text: text(mode),
      file: 'drayage.yml',
      environment: 'production',
      secrets: { REGISTRY_PASSWORD: 'first', GIT_TOKEN: 'second' },
      env: {},
      git: { sha: 'a'.repeat(40), short: 'a'.repeat(7), branch: 'main' },
      readFile: async () => '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n',
    });
    expect(warnings).toEqual([]);
    const [web] = project.services;
    expect(web?.deploy.mode).toBe(mode);
    expect(web?.deploy.replicas).toBe(mode === 'swarm' ? 2 : 1);
    expect(web?.deploy.env.GREETING).toBe('Hello, "world"; it costs $5 #1');
    expect(web?.domains[0]).toMatchObject({
      host: 'shop.example.com',
      https: true,
      certificate: { kind: 'letsencrypt' },
    });
  });
});
