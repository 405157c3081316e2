import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { echoed, echoProject } from '../../../packages/core/src/config/echo.ts';
import { loadProject } from '../../../packages/core/src/config/load.ts';
import { pickServers, pickServices } from '../../../packages/core/src/config/pick.ts';
import { load, withService } from './loading.ts';

const options = {
  secrets: {
    GHCR_TOKEN: 'ghcr-token',
    NPM_TOKEN: 'npm-token',
    DB_PASSWORD: 'p"#$ x',
    DEPLOY_KEY: '-----BEGIN K-----\nk',
    COSIGN_KEY: '-----BEGIN S-----\ns',
    COSIGN_PASSWORD: 'cosign-password',
  },
  env: { DOMAIN: 'example.com' },
  git: { sha: 'abcdef0', short: 'abcdef0' },
  readFile: async (name: string) => `-----BEGIN CERTIFICATE-----\n${name}\n`,
};

const whole = readFileSync(new URL('whole.yml', import.meta.url), 'utf8');

describe('a drayage.yml with everything that works', () => {
  it('gives the same model again when what is echoed is read', async () => {
    const { project } = await load(whole, options);
    const again = await loadProject({ environment: project.environment, overrides: { ...echoed(project) } });
    const { file: _, services, ...rest } = project;
    const withoutPlaces = services.map(({ at: __, ...service }) => service);
    // Secrets are compared by what they hide.
    const revealed = (value: unknown) =>
      JSON.parse(JSON.stringify(value, (_key, item) => (item?.secret === true ? { hidden: item.reveal() } : item)));
    expect(
      revealed({ ...again.project, services: again.project.services.map(({ at: __, ...service }) => service) }),
    ).toEqual(revealed({ ...rest, services: withoutPlaces }));
  });

  it('shows normal forms and no secret when it is echoed', async () => {
    const text = echoProject((await load(whole, options)).project);
    expect(text).toContain('memory: 2g');
    expect(text).toContain('drain: 1m30s');
    expect(text).toContain('password: "***"');
    expect(text).toContain('DATABASE_URL: "***"');
    for (const secret of Object.values(options.secrets)) expect(text).not.toContain(secret);
  });
});

describe('pickServices and pickServers', () => {
  it('give what is named, or all services', async () => {
    const { project } = await load(withService('image: acme/web'));
    expect(pickServices(project).map((service) => service.name)).toEqual(['web']);
    expect(pickServices(project, ['web'])).toHaveLength(1);
    expect(pickServers(project, ['node-1']).map((server) => server.host)).toEqual(['203.0.113.10']);
  });

  it('name what was meant', async () => {
    const { project } = await load(withService('image: acme/web'));
    expect(() => pickServices(project, ['wbe'])).toThrow(
      expect.objectContaining({
        code: 'INPUT_INVALID',
        message: 'drayage.yml has no service "wbe" in the environment production.',
        hint: 'Did you mean "web"?',
      }),
    );
    expect(() => pickServers(project, ['node1'])).toThrow(expect.objectContaining({ hint: 'Did you mean "node-1"?' }));
    expect(() => pickServers(project, ['constructor'])).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });
});
