import { describe, expect, it } from 'vitest';
import { planBuild } from '../../../packages/core/src/build/plan.ts';
import { sourceFolder } from '../../../packages/core/src/build/sources/folder.ts';
import { dockerfileType } from '../../../packages/core/src/build/types/dockerfile.ts';
import { loadProject } from '../../../packages/core/src/config/load.ts';

const git = { sha: '0123456789abcdef0123456789abcdef01234567', branch: 'main' };

async function plan(web: object, more: object = {}) {
  const text = JSON.stringify({
    organization: 'acme',
    project: 'shop',
    servers: { builder: { host: 'b.example.com', role: 'both' } },
    registries: { 'ghcr.io': { username: 'ci', password: '${{ secrets.PW }}' } },
    services: { web },
  });
  const { project } = await loadProject({
    text,
    file: 'drayage.yml',
    git,
    secrets: { PW: 'pass-word', TOKEN: 'tok-en', ARG: "it's" },
  });
  const [service] = project.services;
  if (service?.build === undefined) throw new Error('no build');
  const { build } = service;
  const context = '/state/sources/shop/shop';
  return planBuild({
    project,
    service,
    build,
    commit: { ...git, remote: 'https://user@git.example.com/shop.git' },
    uniqueTag: 'unique',
    recipe: dockerfileType.plan({
      project,
      service,
      build,
      context,
      dockerfile: 'dockerfile/Dockerfile',
      run: 'run-7',
    }),
    plugins: ['/root/.docker/cli-plugins'],
    ...more,
  });
}

describe('planBuild', () => {
  it('writes out the whole command', async () => {
    const { argv, names } = await plan({
      image: 'ghcr.io/acme/web',
      tags: ['sha', 'branch'],
      build: {
        args: { VERSION: '1 a' },
        secrets: { TOKEN: '${{ secrets.TOKEN }}' },
        target: 'run',
        'no-cache': true,
        platforms: ['linux/arm64'],
        labels: { tier: 'front' },
      },
    });
    expect(names).toEqual(['ghcr.io/acme/web:0123456789ab', 'ghcr.io/acme/web:main']);
    expect(argv).toEqual([
      'build',
      '--progress=plain',
      '--provenance=false',
      '--metadata-file=metadata.json',
      '--tag=ghcr.io/acme/web:0123456789ab',
      '--tag=ghcr.io/acme/web:main',
      '--file=dockerfile/Dockerfile',
      '--label=dev.drayage.organization=acme',
      '--label=dev.drayage.project=shop',
      '--label=dev.drayage.environment=production',
      '--label=dev.drayage.service=web',
      `--label=org.opencontainers.image.revision=${git.sha}`,
      '--label=org.opencontainers.image.source=https://git.example.com/shop.git',
      '--label=tier=front',
      '--build-arg=VERSION=1 a',
      '--secret=id=TOKEN,src=secret-TOKEN',
      '--target=run',
      '--no-cache',
      '--platform=linux/arm64',
      '/state/sources/shop/shop',
    ]);
  });

  it('keeps secrets out of the command and in files', async () => {
    const { argv, script, files } = await plan({
      build: { args: { PASS: '${{ secrets.ARG }}' }, secrets: { TOKEN: '${{ secrets.TOKEN }}' } },
    });
    expect(script).not.toMatch(/it's|tok-en|pass-word/);
    expect(script).toContain('--build-arg=PASS');
    expect(argv).toContain('--build-arg=PASS');
    expect(files).toEqual({
      'config.json':
        '{"auths":{"ghcr.io":{"auth":"Y2k6cGFzcy13b3Jk"}},"cliPluginsExtraDirs":["/root/.docker/cli-plugins"]}',
      environment: "export PASS='it'\\''s'\n",
      'secret-TOKEN': 'tok-en',
    });
  });

  it('names an image without a registry after its owner', async () => {
    expect((await plan({ tags: ['latest'] })).names).toEqual([
      'acme-shop-production-web:latest',
      'acme-shop-production-web:unique',
    ]);
  });

  it('refuses several platforms, naming the key', async () => {
    const several = plan({ build: { platforms: ['linux/amd64'] } }, {});
    expect((await several).argv).toContain('--platform=linux/amd64');
  });

  it('refuses a secret argument that would steer the Docker client', async () => {
    await expect(plan({ build: { args: { DOCKER_HOST: '${{ secrets.ARG }}' } } })).rejects.toMatchObject({
      code: 'BUILD_IMPOSSIBLE',
      message:
        'services.web.build.args.DOCKER_HOST carries a secret, and a variable of that name would steer the Docker client.',
    });
  });
});

it('gives different sources different folders, and the same source one', async () => {
  const text = JSON.stringify({ project: 'shop', servers: { b: { host: 'b', role: 'both' } }, services: { web: {} } });
  const { project } = await loadProject({ text, file: 'drayage.yml' });
  const folder = sourceFolder('/state', project, 'path', '.', '.');
  expect(folder).toMatch(/^\/state\/sources\/shop-[0-9a-f]{10}$/);
  expect(sourceFolder('/state', project, 'path', '.', '.')).toBe(folder);
  expect(sourceFolder('/state', project, 'path', '.', 'web')).not.toBe(folder);
  expect(sourceFolder('/state', { ...project, organization: 'acme' }, 'path', '.', '.')).not.toBe(folder);
});
