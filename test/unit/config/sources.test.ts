import { describe, expect, it } from 'vitest';
import { echoed } from '../../../packages/core/src/config/echo.ts';
import { errorsOf, failuresOf, load, withService } from './loading.ts';

const warningsOf = async (service: string, secrets: Record<string, string> = {}) =>
  (await load(withService(service), { secrets })).warnings.map(({ message }) => message);

describe('sources', () => {
  it.each<[string, object]>([
    ['{ archive: dist/site.tar.gz }', { kind: 'archive', archive: 'dist/site.tar.gz' }],
    ['{ dockerfile: "FROM busybox\\nCOPY a $HOME" }', { kind: 'dockerfile', dockerfile: 'FROM busybox\nCOPY a $HOME' }],
    [
      '{ git: "https://h/x.git", submodules: true, lfs: true }',
      { kind: 'git', url: 'https://h/x.git', path: '/', submodules: true, lfs: true },
    ],
  ])('%s', async (source, expected) => {
    const { project } = await load(withService(`source: ${source}`));
    expect(project.services[0]?.source).toEqual(expected);
    expect(echoed(project).services).toMatchObject({
      web: {
        source: Object.fromEntries(
          [Object.entries(expected)[1] ?? []].map(([key, value]) => [key === 'url' ? 'git' : key, value]),
        ),
      },
    });
  });

  it.each(['dockerfile: other', 'context: app'])(
    'the text of a Dockerfile and build.%s exclude each other',
    async (key) => {
      expect(await errorsOf(withService(`source: { dockerfile: "FROM scratch" }\nbuild: { ${key} }`))).toEqual([
        expect.stringContaining(`CONFIG_CONFLICT services.web has both source.dockerfile and build.${key}`),
      ]);
    },
  );
});

describe('named contexts', () => {
  it('are folders of the source or what buildx fetches', async () => {
    const contexts = {
      shared: './shared/',
      base: 'docker-image://alpine:3.20',
      'docker.io/library/tools': 'https://github.com/acme/tools.git#main',
      ssh: 'git@github.com:acme/x.git',
    };
    const { project } = await load(withService(`build: { contexts: ${JSON.stringify(contexts)} }`));
    expect(project.services[0]?.build?.contexts).toEqual({ ...contexts, shared: 'shared' });
  });

  it.each([
    ['../out', 'a'],
    ['/etc', 'a'],
    ['oci-layout:///x', 'a'],
    ['target:x', 'a'],
    ['https://u:p@h/x', 'a'],
  ])('%s is refused', async (value) => {
    const errors = await errorsOf(withService(`build: { contexts: { a: ${JSON.stringify(value)} } }`));
    expect(errors).toEqual([expect.stringContaining('services.web.build.contexts.a is')]);
    expect(errors[0]).toContain('expected a folder inside the source, docker-image://…');
  });
});

describe('secrets of a build', () => {
  it('are refused when they are empty, with what to do', async () => {
    const text = withService(
      'source: { git: "https://h/x", token: "${{ secrets.T }}" }\nbuild: { secrets: { NPM: "${{ secrets.N }}" } }',
    );
    const failures = await failuresOf(text, { secrets: { T: '', N: '' } });
    expect(failures.map(({ message }) => message)).toEqual([
      'services.web.source.token is empty.',
      'services.web.build.secrets.NPM is empty.',
    ]);
    expect(failures[1]?.hint).toContain('Set the secret in the CI system');
    expect(await errorsOf(text, { secrets: { T: 'a', N: 'b' } })).toEqual([]);
  });

  it.each([
    ['NPM_TOKEN', 'abcdef123456', 'looks like a secret'],
    ['DB_PASSWORD', 'hunter22', 'looks like a secret'],
    ['SETTING', `ghp_${'a1'.repeat(18)}`, 'looks like a secret'],
    ['DATABASE', 'postgres://u:hunter22@db/x', 'looks like a secret'],
    ['ANY', '${{ secrets.S }}', 'carries a secret'],
  ])('warn as argument %s=%s', async (name, value, seen) => {
    const warnings = await warningsOf(`build: { args: { ${name}: ${JSON.stringify(value)} } }`, { S: 'long-secret' });
    expect(warnings).toEqual([
      `services.web.build.args.${name} ${seen}, and build arguments can be read in the image; build.secrets leaves no trace.`,
    ]);
  });

  it.each([
    ['VERSION', '1.2.3'],
    ['NEXT_PUBLIC_API_KEY', 'pk-of-everybody'],
    ['USE_TOKEN', 'true'],
    ['REGISTRY', 'https://registry.example.com/x'],
  ])('do not make a warning of %s=%s', async (name, value) => {
    expect(await warningsOf(`build: { args: { ${name}: "${value}" } }`)).toEqual([]);
  });
});
