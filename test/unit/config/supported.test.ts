import { describe, expect, it } from 'vitest';
import { base, errorsOf, load, withService } from './loading.ts';

describe('keys that do nothing yet', () => {
  it.each<[string, string]>([
    ['type: postgres', '"postgres" for services.web.type is not supported yet.'],
    ['type: compose\nfile: compose.yml', '"compose" for services.web.type is not supported yet.'],
    ['build: { type: railpack }', '"railpack" for services.web.build.type is not supported yet.'],
    ['deploy: { kind: replicated-job }', '"replicated-job" for services.web.deploy.kind is not supported yet.'],
    ['deploy: { hooks: { pre-deploy: "npm run migrate" } }', 'services.web.deploy.hooks is not supported yet.'],
    ['deploy: { canary: {} }', 'services.web.deploy.canary is not supported yet.'],
    ['deploy: { configs: [{ source: a, target: b }] }', 'services.web.deploy.configs is not supported yet.'],
    ['schedules: [{ name: a, cron: "0 3 * * *", command: b }]', 'services.web.schedules is not supported yet.'],
    [
      'domains: [{ host: a.example.com, port: 1, sticky: true }]',
      'services.web.domains[0].sticky is not supported yet.',
    ],
    ['domains: [{ host: "*.example.com", port: 1 }]', 'The wildcard *.example.com is not supported yet.'],
  ])('are refused: %s', async (service, message) => {
    const errors = await errorsOf(`${withService(service)}proxy: { type: caddy }\n`);
    expect(errors).toEqual([expect.stringMatching(/^7:\d+ NOT_SUPPORTED_YET /)]);
    expect(errors[0]).toContain(message);
  });

  it.each<[string, string]>([
    ['proxy: { type: caddy, acme: { challenge: dns-01 } }', '"dns-01" for proxy.acme.challenge'],
    ['proxy: { type: caddy, acme: { dns: { provider: x } } }', 'proxy.acme.dns'],
  ])('are refused at the top: %s', async (line, what) => {
    const errors = await errorsOf(`project: shop\n${line}\n`);
    expect(errors.filter((error) => error.includes('NOT_SUPPORTED_YET'))).toEqual([
      expect.stringContaining(`NOT_SUPPORTED_YET ${what} is not supported yet.`),
    ]);
  });

  it('are accepted where they ask for nothing', async () => {
    const service = `
source: { git: "https://a.example/b", submodules: false, lfs: false }
build: { ssh: [], contexts: {}, env: {}, sbom: false, provenance: false, spa: false, cache: { from: [], to: [] }, resources: {} }
deploy: { configs: [] }
schedules: []`;
    const { project } = await load(withService(service));
    expect(project.services[0]?.source).toEqual({ kind: 'git', url: 'https://a.example/b', path: '/' });
  });

  it('are refused in every environment', async () => {
    const text = `${base}environments: { production: {}, staging: { services: { web: { deploy: { hooks: { pre-deploy: x } } } } } }\nservices: { web: {} }\n`;
    expect(await errorsOf(text)).toEqual(['5:73 NOT_SUPPORTED_YET services.web.deploy.hooks is not supported yet.']);
  });
});
