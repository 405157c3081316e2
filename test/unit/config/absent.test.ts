import { describe, expect, it } from 'vitest';
import { base, errorsOf, failuresOf, load, withService } from './loading.ts';

const options = { allowAbsent: true } as const;

describe('checking a file without what its runs are given', () => {
  it.each([
    [
      'deploy: { env: { A: "${{ secrets.A }}", B: "x-${{ env.B }}-${{ git.tag }}" } }',
      ['secrets.A', 'env.B', 'git.tag'],
    ],
    ['image: "ghcr.io/acme/web"\ntags: ["${{ git.short }}"]', ['git.short']],
    ['image: "${{ env.IMAGE }}"', ['env.IMAGE']],
    ['source: { git: "https://${{ env.HOST }}/a.git", token: "${{ secrets.T }}" }', ['env.HOST', 'secrets.T']],
    ['deploy: { replicas: "${{ env.N }}", drain: "${{ env.D }}", resources: { memory: "${{ env.M }}" } }', undefined],
    ['deploy: { ports: [{ published: "${{ env.P }}", target: "${{ env.T }}" }] }', ['env.P', 'env.T']],
    ['deploy: { servers: ["${{ env.SERVER }}"] }', ['env.SERVER']],
    ['deploy: { secrets: { A: "${{ secrets.A }}" }, env-file: "${{ env.FILE }}" }', ['secrets.A', 'env.FILE']],
    ['deploy: { env: { A: "${{ secrets.A }}", B: "${{ service.A }}" } }', ['secrets.A']],
  ])('finds nothing wrong with %j', async (service, absent) => {
    const loaded = await load(withService(service), options);
    expect(loaded.project.services.map(({ name }) => name)).toEqual(['web']);
    if (absent !== undefined) expect(loaded.absent).toEqual(absent);
    expect((await errorsOf(withService(service))).length).toBeGreaterThan(0);
  });

  it('finds nothing wrong with servers, registries, a proxy and domains', async () => {
    const text = `project: "\${{ env.NAME }}"
servers: { a: { host: "\${{ secrets.HOST }}", port: "\${{ env.PORT }}", host-key: "\${{ secrets.HOST_KEY }}" } }
registries: { ghcr.io: { username: "\${{ env.USER_NAME }}", password: "\${{ secrets.P }}", ca: "\${{ secrets.CA }}" } }
proxy: { type: caddy, email: "\${{ env.EMAIL }}" }
services:
  web:
    source: { image: nginx }
    domains: [{ host: "\${{ env.DOMAIN }}", port: 80, certificate: { cert: "\${{ secrets.C }}", key: "\${{ secrets.K }}" } }]
`;
    const { absent, warnings } = await load(text, options);
    expect(warnings).toEqual([]);
    expect(absent).toHaveLength(11);
  });

  it('takes what was given, and then names nothing', async () => {
    const given = { ...options, secrets: { A: 'a-long-secret' }, env: { B: 'b' } };
    const { absent, project } = await load(
      withService('deploy: { env: { A: "${{ secrets.A }}", B: "${{ env.B }}" } }'),
      given,
    );
    expect(absent).toEqual([]);
    expect(project.services[0]?.deploy.env.B).toBe('b');
  });

  it.each([
    ['deploy: { env: { A: "${{ secret.A }}" } }', '"secret" is nothing that can be referred to'],
    ['deploy: { env: { A: "${{ env.API_TOKEN }}" } }', 'env.API_TOKEN looks like a credential'],
    ['deploy: { env: { A: "${{ git.sah }}" } }', 'git has no fact called sah'],
    ['deploy: { command: "run ${{ secrets.A }}" }', 'A secret cannot stand in services.web.deploy.command'],
    ['deploy: { env: { A: "${{ secrets.A }}" }, replicas: many }', 'services.web.deploy.replicas is "many"'],
    ['deploy: { ports: [{ published: "${{ env.P }}", target: x }] }', 'services.web.deploy.ports[0].target is "x"'],
    ['image: "${{ env.IMAGE }}"\ndepends-on: [db]', 'The service web depends on "db", which does not exist.'],
    ['source: { image: a }\nbuild: { args: { A: "${{ env.A }}" } }', 'services.web has both source.image and build'],
  ])('still says what is wrong with %j', async (service, message) => {
    const messages = (await failuresOf(withService(service), options)).map((failure) => failure.message);
    expect(messages).toEqual([expect.stringContaining(message)]);
  });

  it('names only what the environment that is checked needs', async () => {
    const text = `${base}environments:
  production: {}
  staging: { services: { web: { deploy: { env: { A: "\${{ secrets.STAGING }}" } } } } }
services: { web: { image: acme/web } }
`;
    expect((await load(text, options)).absent).toEqual([]);
    expect((await load(text, { ...options, environment: 'staging' })).absent).toEqual(['secrets.STAGING']);
  });
});
