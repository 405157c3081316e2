import { describe, expect, it } from 'vitest';
import { isSecret, reveal } from '../../../packages/core/src/config/secret.ts';
import { base, load, withService } from './loading.ts';

describe('loadProject', () => {
  it('fills in the defaults of the smallest service', async () => {
    const { project, warnings, masks } = await load(withService('domains: []'));
    expect(warnings).toEqual([]);
    expect(masks).toEqual([]);
    expect(project).toMatchObject({ file: 'drayage.yml', name: 'shop', environment: 'production', registries: {} });
    expect(project.servers['node-1']).toEqual({
      name: 'node-1',
      host: '203.0.113.10',
      port: 22,
      user: 'root',
      role: 'deploy',
      platforms: [],
      dockerSource: 'official',
      slots: 1,
      minFreeDisk: 2147483648,
      minFreeMemory: 268435456,
    });
    expect(project.services).toMatchObject([
      {
        name: 'web',
        source: { kind: 'path', path: '.' },
        build: { servers: ['builder'], driver: 'auto', dockerfile: 'Dockerfile', context: '.', timeout: 1_800_000 },
        tags: ['latest'],
        deploy: { mode: 'auto', servers: ['node-1'], replicas: 1, drain: 10_000, timeout: 300_000, keep: 10 },
        at: { file: 'drayage.yml', line: 6, column: 3 },
      },
    ]);
  });

  it('normalises sizes, durations, CPUs and limits', async () => {
    const { project } = await load(
      withService(`
deploy:
  resources: { cpus: "1.5", memory: 512m, reserve-cpus: 0.5, reserve-memory: 64MB }
  restart: { condition: on-failure, delay: 1s500ms, max-attempts: 3, window: 1m }
  ulimits: { nofile: 65536, nproc: { soft: 10, hard: 20 } }
  update: { max-failure-ratio: "0.25" }
  stop-grace-period: 1m30s`),
    );
    expect(project.services[0]?.deploy).toMatchObject({
      resources: {
        nanoCpus: 1_500_000_000,
        memory: 536_870_912,
        reserveNanoCpus: 500_000_000,
        reserveMemory: 67_108_864,
      },
      restart: { condition: 'on-failure', delay: 1500, maxAttempts: 3, window: 60_000 },
      ulimits: { nofile: { soft: 65_536, hard: 65_536 }, nproc: { soft: 10, hard: 20 } },
      update: { maxFailureRatio: 0.25, failure: 'rollback' },
      rollback: { failure: 'pause' },
      stopGracePeriod: 90_000,
    });
  });

  it('keeps values byte for byte', async () => {
    const { project } = await load(
      withService(String.raw`
deploy:
  env:
    VERSION: 1.10
    HEX: 0x1F
    BIG: 12345678901234567890
    FLAG: yes
    DOLLAR: "$HOME $(id)"
    QUOTES: 'a "b" ''c'''
    LINES: "a\nb\n"
    EDGES: "  x  "
    JSON: '{"a": [1, "é"]}'
    EMPTY: ""`),
    );
    expect(project.services[0]?.deploy.env).toEqual({
      VERSION: '1.10',
      HEX: '0x1F',
      BIG: '12345678901234567890',
      FLAG: 'yes',
      DOLLAR: '$HOME $(id)',
      QUOTES: `a "b" 'c'`,
      LINES: 'a\nb\n',
      EDGES: '  x  ',
      JSON: '{"a": [1, "é"]}',
      EMPTY: '',
    });
  });

  it.each([
    [
      '{ git: "https://github.com/acme/shop.git", ref: v1, path: /app/ }',
      { kind: 'git', url: 'https://github.com/acme/shop.git', ref: 'v1', path: '/app' },
    ],
    ['{ git: "git@github.com:acme/shop.git" }', { kind: 'git', url: 'git@github.com:acme/shop.git', path: '/' }],
    [
      '{ git: "ssh://git@host:2222/acme/shop.git" }',
      { kind: 'git', url: 'ssh://git@host:2222/acme/shop.git', path: '/' },
    ],
    ['{ path: ./app/ }', { kind: 'path', path: 'app' }],
    ['{ path: . }', { kind: 'path', path: '.' }],
    ['{ image: "nginx:1.27-alpine" }', { kind: 'image', image: 'docker.io/library/nginx:1.27-alpine' }],
    ['{ image: ghcr.io/acme/web }', { kind: 'image', image: 'ghcr.io/acme/web:latest' }],
  ])('reads the source %s', async (source, expected) => {
    const { project } = await load(withService(`source: ${source}`));
    expect(project.services[0]?.source).toEqual(expected);
    expect(project.services[0]?.build === undefined).toBe(expected.kind === 'image');
  });

  it('finds the port of a domain, a health check and a published port in each other', async () => {
    const port = async (service: string) => {
      const { project } = await load(`${withService(service)}proxy: { type: caddy }\n`);
      const [web] = project.services;
      return [web?.domains[0]?.port, web?.deploy.health?.probe];
    };
    expect(await port('domains: [{ host: a.example.com, port: 3000 }]\ndeploy: { health: { http: /up } }')).toEqual([
      3000,
      { kind: 'http', path: '/up', port: 3000 },
    ]);
    expect(await port('domains: [{ host: a.example.com }]\ndeploy: { health: { tcp: 4000 } }')).toEqual([
      4000,
      { kind: 'tcp', port: 4000 },
    ]);
    expect(
      await port('domains: [{ host: a.example.com }]\ndeploy: { ports: [{ published: 80, target: 5000 }] }'),
    ).toEqual([5000, undefined]);
  });

  it('reads domains, certificates and the proxy', async () => {
    const text = `${withService(`
domains:
  - { host: SHOP.example.com, port: 3000 }
  - { host: bücher.example, path: /api/, port: 3000, https: false }
  - host: c.example.com
    port: 3000
    certificate: { cert: cert.pem, key: "\${{ secrets.KEY }}" }`)}proxy: { type: traefik, acme: { directory: letsencrypt-staging, ca: "ca.pem" } }\n`;
    const files: Record<string, string> = {
      'cert.pem': '-----BEGIN CERTIFICATE-----\nx',
      'ca.pem': '-----BEGIN CERTIFICATE-----\ny',
    };
    const key = '-----BEGIN PRIVATE KEY-----\nz';
    const { project } = await load(text, { secrets: { KEY: key }, readFile: async (name) => files[name] ?? '' });
    const [shop, books, custom] = project.services[0]?.domains ?? [];
    expect(shop).toEqual({
      host: 'shop.example.com',
      path: '/',
      port: 3000,
      https: true,
      certificate: { kind: 'letsencrypt' },
    });
    expect(books).toEqual({
      host: 'xn--bcher-kva.example',
      path: '/api',
      port: 3000,
      https: false,
      certificate: { kind: 'none' },
    });
    expect(custom?.certificate).toMatchObject({ kind: 'custom', cert: files['cert.pem'] });
    expect(custom?.certificate.kind === 'custom' && custom.certificate.key.reveal()).toBe(key);
    expect(project.proxy).toEqual({
      type: 'traefik',
      servers: ['node-1'],
      acme: {
        directory: 'https://acme-staging-v02.api.letsencrypt.org/directory',
        ca: files['ca.pem'],
        challenge: 'http-01',
      },
    });
  });

  it('normalises registries and image names', async () => {
    const { project } = await load(
      `${withService('image: acme/shop')}registries:\n  "https://index.docker.io/v1/": { username: acme, password: "\${{ secrets.P }}" }\n`,
      { secrets: { P: 'hunter2' } },
    );
    expect(Object.keys(project.registries)).toEqual(['docker.io']);
    expect(project.registries['docker.io']?.password?.reveal()).toBe('hunter2');
    expect(project.services[0]?.image).toBe('docker.io/acme/shop');
  });

  it('orders services by what they depend on', async () => {
    const { project } = await load(
      `${base}services:\n  web: { depends-on: [api] }\n  api: { depends-on: [db] }\n  db: { source: { image: postgres } }\n`,
    );
    expect(project.services.map((service) => service.name)).toEqual(['db', 'api', 'web']);
  });

  it('tags by commit where there is one', async () => {
    const { project } = await load(withService('source: { path: . }'), { git: { sha: 'abc' } });
    expect(project.services[0]?.tags).toEqual(['sha']);
  });

  it('accepts keys that do nothing yet where they ask for nothing', async () => {
    const { project } = await load(withService('build: { sbom: false, ssh: [], contexts: {}, cache: {} }'));
    expect(project.services).toHaveLength(1);
  });
});

describe('secrets in the model', () => {
  const text = `${withService(`
deploy:
  env: { URL: "postgres://u:\${{ secrets.DB }}@db", PLAIN: x }
  secrets: { api-key: "\${{ secrets.API }}" }
  mounts: [{ type: file, target: /etc/a, content: "key=\${{ secrets.API }}" }]`)}registries:
  ghcr.io: { username: acme, password: hunter2 }
`;
  const given = { secrets: { DB: 'p#$ "x', API: '${{ secrets.DB }}' } };

  it('are inserted literally, never read again, and wrapped', async () => {
    const { project } = await load(text, given);
    const { env, secrets, mounts } = project.services[0]?.deploy ?? {};
    expect(env && isSecret(env.URL) && reveal(env.URL)).toBe('postgres://u:p#$ "x@db');
    expect(env?.PLAIN).toBe('x');
    expect(secrets?.['api-key'] && reveal(secrets['api-key'])).toBe('${{ secrets.DB }}');
    expect(mounts?.[0]?.type === 'file' && isSecret(mounts[0].content)).toBe(true);
  });

  it('show nothing when the model is printed', async () => {
    const { project } = await load(text, given);
    const printed = JSON.stringify(project) + String(project.services[0]?.deploy.env.URL);
    expect(printed).not.toContain('p#$');
    expect(printed).not.toContain('hunter2');
  });

  it('are named to be masked, with those that stand in the file', async () => {
    const { masks, warnings } = await load(text, given);
    expect(masks).toEqual(['p#$ "x', '${{ secrets.DB }}', 'hunter2']);
    expect(warnings).toEqual([
      {
        message:
          'services.web.deploy.env: URL carries a secret that `docker inspect` shows; deploy.secrets keeps them in files.',
        at: { file: 'drayage.yml', line: 8, column: 7 },
      },
      {
        message:
          'registries["ghcr.io"].password is no reference to a secret: whoever reads the repository can read it. Write "${{ secrets.NAME }}" instead.',
        at: { file: 'drayage.yml', line: 12, column: 40 },
      },
    ]);
  });
});

describe('secrets that are too short to hide', () => {
  it('are named', async () => {
    const { warnings } = await load(withService('image: acme/web'), { secrets: { PIN: '123', LONG: '12345' } });
    expect(warnings).toEqual([
      { message: 'The secret PIN has fewer than 4 characters: it is not hidden where it is printed.' },
    ]);
  });
});

describe('inputs over the file', () => {
  it('win, and are literal', async () => {
    const { project } = await load(withService('deploy: { replicas: 1, env: { A: a, B: b } }'), {
      overrides: { services: { web: { deploy: { replicas: 3, env: { A: '${{ secrets.X }}' } } } } },
    });
    expect(project.services[0]?.deploy).toMatchObject({ replicas: 3, env: { A: '${{ secrets.X }}', B: 'b' } });
  });

  it('are named as inputs when they are wrong', async () => {
    const wrong = load(withService('image: acme/web'), {
      overrides: { services: { web: { deploy: { replicas: 'many' } } } },
    });
    await expect(wrong).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      at: undefined,
      message: 'services.web.deploy.replicas is "many"; expected a whole number from 0 to 10000.',
    });
  });
});
