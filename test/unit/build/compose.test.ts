import { describe, expect, it } from 'vitest';
import { ComposeFile } from '../../../packages/core/src/build/compose/file.ts';
import { interpolate } from '../../../packages/core/src/build/compose/interpolate.ts';
import { partsOf } from '../../../packages/core/src/build/compose/parts.ts';
import { loadProject } from '../../../packages/core/src/config/load.ts';
import { isSecret, reveal, secret } from '../../../packages/core/src/config/secret.ts';

describe('variables of a compose file', () => {
  const variables = { A: 'a', EMPTY: '', KEY: secret('hidden-key') };
  it.each([
    ['$A and ${A}', 'a and a'],
    ['$$A', '$A'],
    ['${B:-b}', 'b'],
    ['${EMPTY:-b}', 'b'],
    ['${EMPTY-b}', ''],
    ['${B:-${A}x}', 'ax'],
    ['${A:+yes}${B:+no}', 'yes'],
    ['${A:?must be}', 'a'],
    ['no variable: $5', 'no variable: $5'],
  ])('%s is %s', (text, expected) => {
    expect(interpolate(text, variables, 'here')).toBe(expected);
  });

  it('stay secret, and are missed', () => {
    const found = interpolate('key=$KEY', variables, 'here');
    expect(isSecret(found)).toBe(true);
    expect(reveal(found)).toBe('key=hidden-key');
    expect(() => interpolate('${B}', variables, 'services.api.build.args.B of compose.yml')).toThrow(
      'The variable B in services.api.build.args.B of compose.yml is not set.',
    );
    expect(() => interpolate('${B:?say which}', variables, 'here')).toThrow(
      'The variable B in here is not set: say which.',
    );
  });
});

const text = `# The whole shop.
x-base: &base
  restart: always
services:
  api:
    <<: *base
    build:
      context: ./api
      dockerfile: ../docker/Dockerfile
      target: run
      args:
        - VERSION=1
        - FROM_OUTSIDE
      additional_contexts: { shared: ./shared, base: docker-image://busybox }
      secrets: [NPM]
      labels: { tier: back }
      no_cache: true
    ports: ["80:80"] # published
  worker:
    image: registry.example.com/acme/worker:\${TAG:-2}
    build: worker
  db: { image: "postgres:15" }
`;

describe('a compose file', () => {
  const file = new ComposeFile(text, 'deploy/compose.yml');
  const builds = file.builds({ FROM_OUTSIDE: 'yes' });

  it('is read for its builds', () => {
    expect(builds).toEqual([
      {
        service: 'api',
        image: undefined,
        context: './api',
        dockerfile: '../docker/Dockerfile',
        target: 'run',
        args: { VERSION: '1', FROM_OUTSIDE: 'yes' },
        contexts: { shared: './shared', base: 'docker-image://busybox' },
        labels: { tier: 'back' },
        secrets: { NPM: 'NPM' },
        ssh: [],
        cache: { from: [], to: [] },
        platforms: [],
        noCache: true,
      },
      expect.objectContaining({
        service: 'worker',
        image: 'registry.example.com/acme/worker:2',
        context: 'worker',
        dockerfile: 'Dockerfile',
      }),
    ]);
  });

  it('is read as the specification has it: build.md of compose-spec', () => {
    const [page] = new ComposeFile(
      `services:
  page:
    build:
      dockerfile_inline: |
        FROM busybox
        RUN echo $$HOME \${WHO}
      additional_contexts: ["shared=../shared", "source=https://git.example.com/a.git"]
      args: [WHO, NOT_SET]
      ssh: ["default", "other=~/.ssh/id"]
      secrets: [{ source: npm, target: NPM_TOKEN }, plain]
      cache_from: ["ghcr.io/acme/page:cache", "type=gha", "type=local,src=cache", "type=local,src=/srv/cache"]
      cache_to: ["type=registry,ref=ghcr.io/acme/page:cache,mode=max"]
      network: none
      platforms: [linux/amd64, linux/arm64]
`,
      'compose.yml',
    ).builds({ WHO: 'me' });
    expect(page).toMatchObject({
      context: '.',
      dockerfileText: 'FROM busybox\nRUN echo $HOME me\n',
      contexts: { shared: '../shared', source: 'https://git.example.com/a.git' },
      args: { WHO: 'me' },
      ssh: ['default', 'other'],
      secrets: { NPM_TOKEN: 'npm', plain: 'plain' },
      cache: {
        from: ['type=registry,ref=ghcr.io/acme/page:cache', 'type=local,src=/srv/cache'],
        to: ['type=registry,ref=ghcr.io/acme/page:cache,mode=max'],
      },
      network: 'none',
      platforms: ['linux/amd64', 'linux/arm64'],
    });
    expect(page?.args).not.toHaveProperty('NOT_SET');
  });

  it('keeps everything else when its builds become images', () => {
    const pinned = file.pinned({
      api: 'ghcr.io/acme/shop-api@sha256:1',
      worker: 'registry.example.com/acme/worker@sha256:2',
    });
    expect(pinned).toContain('# The whole shop.');
    expect(pinned).toContain('# published');
    expect(pinned).toContain('<<: *base');
    expect(pinned).toContain('image: ghcr.io/acme/shop-api@sha256:1');
    expect(pinned).not.toContain('build');
  });

  it.each([
    ['services: [', 'is not valid YAML'],
    ['version: "3"', 'has no map "services"'],
    ['include: [a.yml]\nservices: { a: { build: . } }', 'has "include"'],
    ['services: { a: { build: { context: ., shm_size: 1g } } }', 'services.a.build.shm_size, which is not supported'],
    ['services: { a: { build: { network: mine } } }', 'services.a.build.network mine; expected default, none or host'],
    [
      'services: { a: { build: { dockerfile: D, dockerfile_inline: FROM a } } }',
      'has both services.a.build.dockerfile and',
    ],
    ...['extra_hosts', 'entitlements', 'isolation', 'privileged', 'pull', 'tags', 'ulimits', 'provenance', 'sbom'].map(
      (key) => [`services: { a: { build: { ${key}: x } } }`, `services.a.build.${key}, which is not supported`],
    ),
    ['services: { a: { build: "https://github.com/a/b.git" } }', 'expected a folder of the source'],
    [
      'services: { a: { build: { secrets: [{ source: NPM, target: "x,src=/etc/shadow" }] } } }',
      'has the secret "x,src=/etc/shadow"',
    ],
    ['services: { a: { build: { secrets: ["../../key"] } } }', 'has the secret "../../key"'],
    ['x: &x { build: . }\nservices:\n  a: { <<: *x }', 'by a merge key'],
    ['services: { a: { build: { additional_contexts: { b: "service:b" } } } }', 'the image of another service'],
  ])('is refused: %s', (bad, reason) => {
    expect(() => new ComposeFile(bad, 'compose.yml').builds({})).toThrow(reason);
  });

  it('of another repository has no business on the build server itself', () => {
    const foreign = (build: string) =>
      new ComposeFile(`services: { a: { build: { ${build} } } }`, 'compose.yml', false).builds({});
    expect(() => foreign('network: host')).toThrow('may not ask for');
    const caches = [
      '"type=local,dest=/etc"',
      '"type=registry,ref=r/a,type=local,dest=/etc"',
      '"ref=r/b,type=registry"',
      'r/c',
    ];
    expect(foreign(`cache_to: [${caches.join(', ')}]`)[0]?.cache.to).toEqual([
      'ref=r/b,type=registry',
      'type=registry,ref=r/c',
    ]);
  });

  it('gives each build a service of its own', async () => {
    const { project } = await loadProject({
      text: JSON.stringify({
        project: 'shop',
        servers: { builder: { host: 'b.example.com', role: 'both' } },
        services: {
          shop: { image: 'ghcr.io/acme/shop', build: { type: 'compose', secrets: { NPM: '${{ secrets.NPM }}' } } },
        },
      }),
      secrets: { NPM: 'npm-token' },
    });
    const [service] = project.services;
    if (service === undefined) throw new Error('no service');
    const [api, worker] = partsOf(project, service, 'deploy/compose.yml', builds);
    expect(api?.spec).toMatchObject({
      name: 'shop-api',
      image: 'ghcr.io/acme/shop-api',
      build: {
        type: 'dockerfile',
        context: 'deploy/api',
        dockerfile: 'deploy/docker/Dockerfile',
        target: 'run',
        contexts: { shared: 'deploy/shared', base: 'docker-image://busybox' },
        noCache: true,
        labels: { tier: 'back' },
      },
    });
    expect(Object.keys(api?.spec.build?.secrets ?? {})).toEqual(['NPM']);
    expect(worker?.spec).toMatchObject({ name: 'shop-worker', image: 'registry.example.com/acme/worker', tags: ['2'] });
    const anew = { ...service, build: service.build && { ...service.build, noCache: true } };
    expect(partsOf(project, anew, 'deploy/compose.yml', builds).map(({ spec }) => spec.build?.noCache)).toEqual([
      true,
      true,
    ]);
    const outside = [{ ...builds[0], context: '../../else', service: 'api' }] as typeof builds;
    expect(() => partsOf(project, service, 'deploy/compose.yml', outside)).toThrow('is outside of the source');
    const keyless = [{ ...builds[0], ssh: ['default'] }] as typeof builds;
    expect(() => partsOf(project, service, 'deploy/compose.yml', keyless)).toThrow(
      'services.api.build.ssh in deploy/compose.yml names default, which services.shop.build.ssh does not have.',
    );
    expect(() => partsOf(project, service, 'deploy/compose.yml', keyless)).toThrow(
      expect.objectContaining({
        hint: 'Give it in drayage.yml: services.shop.build.ssh: ["default=${{ secrets.DEPLOY_KEY }}"]',
      }),
    );
    const lacking = [{ ...builds[0], secrets: { OTHER: 'OTHER' } }] as typeof builds;
    expect(() => partsOf(project, service, 'deploy/compose.yml', lacking)).toThrow(
      'services.api.build.secrets in deploy/compose.yml names OTHER, which services.shop.build.secrets does not have.',
    );
  });
});
