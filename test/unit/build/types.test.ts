import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { choiceFor } from '../../../packages/core/src/build/drivers/for-task.ts';
import { planBuild } from '../../../packages/core/src/build/plan.ts';
import type { SourceOnServer } from '../../../packages/core/src/build/sources/source.ts';
import { typeHere } from '../../../packages/core/src/build/types/detect.ts';
import { railpackType } from '../../../packages/core/src/build/types/railpack.ts';
import { supposeType } from '../../../packages/core/src/build/types/supposed.ts';
import { buildTypes } from '../../../packages/core/src/build/types/types.ts';
import { fingerprint } from '../../../packages/core/src/build/types/values.ts';
import { loadProject } from '../../../packages/core/src/config/load.ts';
import { secret } from '../../../packages/core/src/config/secret.ts';

const git = { sha: '0123456789abcdef0123456789abcdef01234567', branch: 'main' };

async function load(build: object, more: object = {}) {
  const { project } = await loadProject({
    text: JSON.stringify({
      project: 'shop',
      servers: { builder: { host: 'b.example.com', role: 'both' } },
      services: { web: { image: 'ghcr.io/acme/web', build, ...more } },
    }),
    file: '/nowhere/drayage.yml',
    git,
    secrets: { TOKEN: "to'ken-of-the-build" },
  });
  const [service] = project.services;
  if (service?.build === undefined) throw new Error('no build');
  return { project, service, build: service.build };
}

async function plan(given: object) {
  const { project, service, build } = await load({
    env: { GREETING: 'greeting-of-the-build' },
    secrets: { TOKEN: '${{ secrets.TOKEN }}' },
    ...given,
  });
  if (build.type === 'auto' || build.type === 'compose') throw new Error('not a type of one image');
  const recipe = buildTypes[build.type].plan({
    project,
    service,
    build,
    context: '/src/it',
    dockerfile: '',
    run: 'run-7',
  });
  const planned = planBuild({ project, service, build, commit: git, uniqueTag: 'u', recipe, plugins: [] });
  return { recipe, ...planned, all: `${recipe.prepare?.script ?? ''}\n${planned.script}` };
}

const withVariables = ['railpack', 'nixpacks', 'heroku', 'paketo', 'static'].map((type) => ({
  type,
  ...(type === 'static' ? { command: 'make' } : {}),
}));

describe('every type that takes variables', () => {
  it.each(withVariables)('hands them on in files alone: $type', async (build) => {
    const { all, files } = await plan(build);
    expect(all).not.toMatch(/of-the-build/);
    expect(Object.values(files).join('\n')).toContain('greeting-of-the-build');
    expect(Object.values(files).join('\n')).toMatch(/to'(?:\\'')?ken-of-the-build/);
  });

  it.each(withVariables)('refuses names that would steer programs on the server: $type', async (build) => {
    await expect(plan({ ...build, env: { LD_PRELOAD: 'x' } })).rejects.toMatchObject({
      code: 'BUILD_IMPOSSIBLE',
      message: 'services.web.build.env.LD_PRELOAD: LD_PRELOAD would steer programs on the build server.',
    });
    await expect(plan({ ...build, secrets: { 'npm-token': '${{ secrets.TOKEN }}' } })).rejects.toMatchObject({
      message: 'services.web.build.secrets.npm-token: npm-token is no name of an environment variable.',
    });
  });
});

describe('railpack', () => {
  it('has its plan made, and built by the frontend of the same version', async () => {
    const { recipe, argv, all } = await plan({
      type: 'railpack',
      command: 'npm run all',
      version: '0.21.1',
      'no-cache': true,
    });
    expect(argv).toContain('--build-arg=BUILDKIT_SYNTAX=ghcr.io/railwayapp/railpack-frontend:v0.21.1');
    expect(argv).toContain('--build-arg=cache-key=shop-production-web');
    expect(argv).toContain('--secret=id=TOKEN,src=secret-TOKEN');
    expect(argv).toContain('--no-cache');
    // Its frontend takes no notice of that: this is what it does notice.
    expect(argv?.find((word) => word.startsWith('--build-arg=secrets-hash='))).toMatch(/=[0-9a-f]{10}-run-7$/);
    expect(all).toMatch(/^sed .*"secrets":\["\*"\]/m);
    expect(argv?.some((word) => word.startsWith('--tag'))).toBe(false);
    expect(recipe.prepare?.script).toContain(
      `prepare /src/it --plan-out plan/railpack-plan.json --build-cmd 'npm run all' --env GREETING --env TOKEN`,
    );
    expect(all).toContain('railpack=$DRAYAGE_STATE/tools/railpack-0.21.1/railpack');
    expect(all).toContain('--label=dev.drayage.service=web');
  });

  it('comes out of the cache where nothing changed, unless that is not wanted', async () => {
    const plain = await plan({ type: 'railpack', env: {}, secrets: {} });
    expect(plain.all).not.toMatch(/secrets-hash|^sed /m);
    const anew = await plan({ type: 'railpack', env: {}, secrets: {}, 'no-cache': true });
    expect(anew.argv).toContain('--build-arg=secrets-hash=run-7');
  });

  it('takes the frontend from a mirror, by its whole name', async () => {
    const { argv, all } = await plan({ type: 'railpack', version: 'mirror.example.com/railpack-frontend:v0.19.0' });
    expect(argv).toContain('--build-arg=BUILDKIT_SYNTAX=mirror.example.com/railpack-frontend:v0.19.0');
    expect(all).toContain('tools/railpack-0.19.0/');
    await expect(plan({ type: 'railpack', version: 'newest' })).rejects.toMatchObject({
      message: 'services.web.build.version is "newest"; expected a version such as 1.2.3.',
    });
  });

  it('has no inline cache that its labels would leave behind', async () => {
    await expect(plan({ type: 'railpack', cache: { to: ['type=inline'] } })).rejects.toMatchObject({
      code: 'BUILD_IMPOSSIBLE',
      message: expect.stringContaining('services.web.build.cache.to is inline'),
    });
  });

  it('gets its labels afterwards: in the engine, or beside what was pushed by its digest', async () => {
    const { project, service, build } = await load({ type: 'railpack', driver: 'container', sbom: true });
    expect(choiceFor({ project, service, build, server: 'builder', git })).toMatchObject({
      driver: 'container',
      output: 'push',
    });
    const recipe = railpackType.plan({ project, service, build, context: '/src/it', dockerfile: '', run: 'run-7' });
    const input = { project, service, build, commit: git, uniqueTag: 'u', recipe, plugins: [] };
    const builder = { name: 'drayage', script: 'true', files: {} };
    const { argv, script } = planBuild({ ...input, output: 'push-by-digest', builder, platforms: ['linux/arm64'] });
    // What is told of an image is told of the one that is deployed.
    expect(argv).toContain('--provenance=false');
    expect(argv?.some((word) => word.startsWith('--sbom'))).toBe(false);
    const [, labelled = ''] = /^(buildx build .*INTERIM=.*) >/m.exec(script) ?? [];
    expect(labelled).toContain('INTERIM=ghcr.io/acme/web"@$id"');
    for (const word of [
      '--builder=drayage',
      '--sbom=true',
      '--platform=linux/arm64',
      '--label=dev.drayage.service=web',
      `--label=org.opencontainers.image.revision=${git.sha}`,
      '--output=type=image,name=ghcr.io/acme/web,push-by-digest=true,name-canonical=true,push=true',
    ])
      expect(labelled).toContain(`'${word}'`);
    expect(script.match(/@drayage image/g)).toHaveLength(1);
    const inEngine = planBuild({ ...input, build: { ...build, provenance: true } });
    expect(inEngine.argv).toContain('--provenance=false');
    expect(inEngine.script).toMatch(
      /^buildx build '--progress=plain' '--provenance=mode=min' '--sbom=true' .* labelled >/m,
    );
  });
});

describe('nixpacks', () => {
  it('refuses a secret among its own settings, which become part of the image', async () => {
    await expect(plan({ type: 'nixpacks', secrets: { NIXPACKS_KEY: '${{ secrets.TOKEN }}' } })).rejects.toMatchObject({
      code: 'BUILD_IMPOSSIBLE',
      message: expect.stringContaining('NIXPACKS_KEY carries a secret'),
    });
  });
});

describe('buildpacks', () => {
  it('take a pinned builder, or another version or image', async () => {
    expect((await plan({ type: 'heroku' })).all).toContain('--builder heroku/builder:24 ');
    expect((await plan({ type: 'heroku', version: '22' })).all).toContain('--builder heroku/builder:22 ');
    expect((await plan({ type: 'paketo' })).all).toMatch(
      /--builder paketobuildpacks\/builder-jammy-base:\d+\.\d+\.\d+ /,
    );
    expect((await plan({ type: 'paketo', version: 'gcr.io/buildpacks/builder:v1' })).all).toContain(
      '--builder gcr.io/buildpacks/builder:v1 ',
    );
    expect((await plan({ type: 'paketo', 'no-cache': true })).all).toContain('--clear-cache --pull-policy always');
  });

  it.each([
    ['===> BUILDING', 'error: the variable BREAK is set', 'ERROR: failed to build: exit status 7', 'ERROR: {pack}'],
    ['===> BUILDING', 'ERROR: failed to build: exit status 7', 'ERROR: {pack}', 'error: the variable BREAK is set'],
  ])('fail with what a buildpack said, whenever pack passes it on: %#', async (...lines) => {
    const pack = 'failed to build: executing lifecycle: failed with status code: 51';
    const { service, build } = await load({ type: 'paketo' });
    const error = buildTypes.paketo.diagnose?.(lines.join('\n').replace('{pack}', pack), {
      service,
      build,
      server: 'b',
    });
    expect(error?.message).toBe('The buildpacks of web on b failed: error: the variable BREAK is set.');
  });

  it('are for one platform', async () => {
    await expect(plan({ type: 'paketo', platforms: ['linux/amd64', 'linux/arm64'] })).rejects.toMatchObject({
      code: 'BUILD_IMPOSSIBLE',
    });
  });
});

describe('static', () => {
  it('copies a folder, or what the build step made', async () => {
    const plain = await plan({ type: 'static', env: {}, secrets: {}, publish: 'site' });
    expect(plain.files['site-dockerfile']).toMatch(/^FROM nginx:1\.27-alpine\n/);
    expect(plain.files['site-dockerfile']).toContain('COPY ["./site/","/srv/site/"]');
    const made = await plan({
      type: 'static',
      command: 'make',
      version: 'node:22',
      publish: 'out',
      'server-image': 'nginx:1.29',
    });
    expect(made.files['site-dockerfile']).toMatch(
      /^FROM node:22 AS build\n[\s\S]*\. \/run\/build-values; make\nFROM nginx:1\.29\n/,
    );
    expect(made.files['site-dockerfile']).toContain('COPY --from=build ["/app/out/","/srv/site/"]');
  });

  it('refuses variables that nothing could read, and what is no image', async () => {
    await expect(plan({ type: 'static' })).rejects.toMatchObject({
      message: 'services.web.build has env or secrets, but no command that could read them.',
    });
    await expect(plan({ type: 'static', command: 'make', version: 'No Image' })).rejects.toMatchObject({
      message: 'services.web.build.version is "No Image"; expected an image such as node:24-bookworm-slim.',
    });
  });
});

describe('a type that is not named', () => {
  it('is dockerfile where a key of a Dockerfile is named, and else what the source says', async () => {
    expect((await load({ dockerfile: 'docker/Dockerfile' })).build.type).toBe('dockerfile');
    expect((await load({ args: { A: 'b' } })).build.type).toBe('dockerfile');
    const path = await load({});
    expect(path.build.type).toBe('auto');
    expect(typeHere(path.project, path.service, path.build)).toBe('railpack');
    const fromGit = await load({}, { source: { git: 'https://git.example.com/a.git' } });
    expect(typeHere(fromGit.project, fromGit.service, fromGit.build)).toBeUndefined();
  });
});

describe('a source that nobody has looked into', () => {
  const source = { context: '/src/it/app', dockerfile: '/src/it/Dockerfile' } as SourceOnServer;
  const suppose = async (keys: object) => {
    const { service, build } = await load(keys, { source: { git: 'https://git.example.com/a.git' } });
    return supposeType(service, build, source);
  };
  /** What the job says where these files are there. */
  const inJob = (script: string, ...files: string[]) => {
    const root = mkdtempSync(join(tmpdir(), 'drayage-suppose-'));
    for (const file of files) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), '');
    }
    const { stdout, status } = spawnSync('sh', ['-c', script.replaceAll('/src/it', root)], { encoding: 'utf8' });
    rmSync(root, { recursive: true });
    return { said: stdout.trim(), status };
  };

  it('is supposed to have a Dockerfile, at its place or in the context', async () => {
    const { type, script, otherwise } = await suppose({});
    expect(type).toBe('dockerfile');
    const found = {
      said: 'web: build.type is dockerfile, because none is named and the source has a Dockerfile.',
      status: 0,
    };
    expect(inJob(script, 'Dockerfile')).toEqual(found);
    expect(inJob(script, 'app/Dockerfile')).toEqual(found);
    expect(inJob(script, 'package.json')).toEqual({ said: '@drayage other-type', status: 1 });
    expect(otherwise()).toBe('railpack');
  });

  it('is supposed to have none where a key is for railpack, and refused where it has', async () => {
    const { type, script, otherwise } = await suppose({ command: 'make' });
    expect(type).toBe('railpack');
    expect(inJob(script, 'package.json')).toEqual({
      said: 'web: build.type is railpack, because none is named and the source has no Dockerfile.',
      status: 0,
    });
    expect(inJob(script, 'Dockerfile')).toEqual({ said: '@drayage other-type', status: 1 });
    expect(otherwise).toThrow('services.web.build.command is for railpack, but the source has a Dockerfile');
  });
});

describe('the fingerprint of variables', () => {
  it('changes with names and values, and only with them', () => {
    const one = fingerprint({ A: '1', B: secret('2') });
    expect(fingerprint({ B: '2', A: '1' })).toBe(one);
    expect(fingerprint({ A: '1', B: '3' })).not.toBe(one);
    expect(fingerprint({ A: '1\nB=1:2' })).not.toBe(fingerprint({ A: '1', B: '2' }));
  });
});
