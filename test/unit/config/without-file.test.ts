import { describe, expect, it } from 'vitest';
import { secret } from '../../../packages/core/src/config/secret.ts';
import { projectFromInputs, serverFromAddress } from '../../../packages/core/src/config/without-file.ts';

describe('serverFromAddress', () => {
  it.each([
    ['local', { name: 'local', server: { host: 'local' } }],
    ['ssh://host.example.com', { name: 'host.example.com', server: { host: 'host.example.com' } }],
    [
      'ssh://deploy@203.0.113.10:2222',
      { name: '203.0.113.10-2222', server: { host: '203.0.113.10', user: 'deploy', port: 2222 } },
    ],
    [
      'ssh://root@[2001:db8::1]:22',
      { name: '2001-db8--1-22', server: { host: '2001:db8::1', user: 'root', port: 22 } },
    ],
    ['node-1', undefined],
  ])('reads %s', (text, expected) => {
    expect(serverFromAddress(text)).toEqual(expected);
  });

  it.each([
    ['ssh://', '"ssh://" is not the address of a server; expected ssh://user@host:port or local.'],
    ['http://a', '"http://a" is not the address of a server; expected ssh://user@host:port or local.'],
    ['ssh://a:70000', '"ssh://a:70000" is not the address of a server; expected ssh://user@host:port or local.'],
    ['ssh://u:hunter2@a', '"ssh://u:***@a" is not the address of a server; expected ssh://user@host:port or local.'],
  ])('refuses %s', (text, message) => {
    expect(() => serverFromAddress(text)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID', message }));
  });
});

describe('projectFromInputs', () => {
  it('makes the same model as a file does', async () => {
    const given = serverFromAddress('ssh://deploy@203.0.113.10');
    const { project, masks } = await projectFromInputs({
      project: 'shop',
      environment: 'pr-12',
      servers: { [given?.name ?? '']: given?.server },
      registries: { 'ghcr.io': { username: 'acme', password: secret('hunter2') } },
      services: {
        web: {
          source: { image: 'ghcr.io/acme/web:1' },
          deploy: {
            replicas: 2,
            drain: '5s',
            env: { A: '${{ secrets.X }}', B: undefined },
            health: { http: '/up', port: 3000 },
          },
        },
      },
    });
    expect(project).toMatchObject({ name: 'shop', environment: 'pr-12' });
    expect(project.file).toBeUndefined();
    expect(project.registries['ghcr.io']?.password?.reveal()).toBe('hunter2');
    expect(project.services[0]).toMatchObject({
      source: { kind: 'image', image: 'ghcr.io/acme/web:1' },
      deploy: { servers: ['203.0.113.10'], replicas: 2, drain: 5000, env: { A: '${{ secrets.X }}' } },
    });
    expect(project.services[0]?.at).toBeUndefined();
    expect(masks).toEqual([]);
  });

  it('reports wrong inputs as such, all at once', async () => {
    const wrong = projectFromInputs({ project: 'Shop', services: { web: { deploy: { replica: 2, drain: 5 } } } });
    await expect(wrong).rejects.toMatchObject({
      errors: [
        { code: 'INPUT_INVALID', at: undefined, message: expect.stringContaining('project is "Shop"') },
        { code: 'INPUT_INVALID', message: expect.stringContaining('services.web.deploy.drain is "5"') },
        { code: 'INPUT_INVALID', message: 'Unknown key "replica" in services.web.deploy.' },
      ],
    });
  });
});
