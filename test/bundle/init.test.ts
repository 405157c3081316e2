import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'vitest';
import { parse } from 'yaml';
import { Folder } from '../support/entry.ts';

const server = '203.0.113.10';

function repository(files: Readonly<Record<string, string>>, remote?: string): Folder {
  const folder = new Folder();
  for (const [name, text] of Object.entries(files)) folder.write(name, text);
  if (remote !== undefined) {
    execFileSync('git', ['init', '--quiet', '--initial-branch', 'main'], { cwd: folder.path });
    execFileSync('git', ['remote', 'add', 'origin', remote], { cwd: folder.path });
  }
  return folder;
}

function read(folder: Folder, name: string): string {
  return readFileSync(join(folder.path, name), 'utf8');
}

const github = 'git@github.com:Acme/Shop.git';
const node = JSON.stringify({ name: '@acme/site', scripts: { start: 'node server.js', build: 'tsc' } });

describe.concurrent('drayage init writes what validate finds valid', () => {
  it('for a repository with a Dockerfile', async ({ expect }) => {
    using folder = repository({ Dockerfile: 'FROM nginx\nARG PORT=8080\nEXPOSE $PORT\n' }, github);
    const { status, stdout } = await folder.run(['init', '--server', server, '--domain', 'shop.example.com']);
    expect(stdout).toMatch(/^Wrote drayage\.yml\.\nWrote \.github\/workflows\/deploy\.yml\.\n\nNext:\n/);
    expect(stdout).toContain(`ssh-copy-id -i ~/.ssh/drayage.pub root@${server}`);
    expect(stdout).toContain('gh secret set SSH_KEY < ~/.ssh/drayage');
    expect(status).toBe(0);
    const text = read(folder, 'drayage.yml');
    expect(text).toMatch(/^# yaml-language-server: \$schema=https:\/\//);
    expect(parse(text)).toEqual({
      project: 'shop',
      servers: { 'server-1': { host: server, user: 'root' } },
      proxy: { type: 'caddy', servers: ['server-1'] },
      services: {
        web: {
          source: { path: '.' },
          build: { dockerfile: 'Dockerfile' },
          deploy: { servers: ['server-1'], health: { tcp: 8080 } },
          domains: [{ host: 'shop.example.com', port: 8080 }],
        },
      },
    });
    expect((await folder.run(['validate'])).stdout).toContain('drayage.yml is valid: project shop');
  });

  it('for one without, and writes the Dockerfile of what npm starts', async ({ expect }) => {
    using folder = repository({ 'package.json': node, 'package-lock.json': '{}' });
    const argv = ['init', '--server', `deploy@${server}`, '--ci', 'gitlab', '--domain-port', '4000'];
    expect(await folder.run(argv)).toMatchObject({ status: 0, stderr: '' });
    expect(read(folder, 'Dockerfile')).toContain(
      'RUN npm ci\nCOPY . .\nRUN npm run build\nENV NODE_ENV=production PORT=4000\n',
    );
    expect(read(folder, '.dockerignore')).toContain('node_modules\n');
    const { project, services } = parse(read(folder, 'drayage.yml'));
    expect(project).toBe('site');
    expect(services.web.deploy).toEqual({
      servers: ['server-1'],
      health: { tcp: 4000 },
      ports: [{ published: 80, target: 4000 }],
    });
    expect(parse(read(folder, '.gitlab-ci.yml'))).toEqual({
      include: [{ component: '$CI_SERVER_FQDN/drayage/drayage/up@1' }],
    });
    expect((await folder.run(['validate'])).status).toBe(0);
  });

  it('for a monorepo with two Dockerfiles, and a registry', async ({ expect }) => {
    using folder = repository(
      {
        'apps/api/Dockerfile': 'FROM node\nCOPY apps/api/package.json .\nEXPOSE 4000/tcp\n',
        'apps/web/Dockerfile': 'FROM node AS build\nEXPOSE 1\nFROM nginx\nCOPY . .\nEXPOSE 80 443\n',
        'apps/web/Dockerfile.dev': 'FROM node\n',
        'test/fixtures/Dockerfile': 'FROM scratch\n',
      },
      'https://token@github.com/acme/shop',
    );
    const argv = ['init', '--server', `ssh://${server}:2222`, '--registry', 'ghcr.io', '--domain', 'shop.example.com'];
    const { status, stdout } = await folder.run(argv);
    expect(status).toBe(0);
    expect(stdout).toContain('web is what answers from outside; api is reached by name on the same network.');
    expect(stdout).toContain(`ssh-copy-id -i ~/.ssh/drayage.pub -p 2222 root@${server}`);
    const { registries, services } = parse(read(folder, 'drayage.yml'));
    expect(registries).toEqual({ 'ghcr.io': { username: 'acme', password: '${{ secrets.REGISTRY_PASSWORD }}' } });
    expect(services.api).toEqual({
      source: { path: '.' },
      build: { dockerfile: 'apps/api/Dockerfile' },
      image: 'ghcr.io/acme/shop-api',
      deploy: { servers: ['server-1'], health: { tcp: 4000 } },
    });
    expect(services.web).toMatchObject({ source: { path: 'apps/web' }, build: { dockerfile: 'Dockerfile' } });
    const { jobs } = parse(read(folder, '.github/workflows/deploy.yml'));
    // The job's own token pushes to GitHub's registry: no password to make, and one permission more.
    expect(jobs.deploy.permissions).toEqual({ contents: 'read', packages: 'write' });
    expect(jobs.deploy.steps[1].with.secrets).toBe('REGISTRY_PASSWORD=${{ secrets.GITHUB_TOKEN }}\n');
    const secret = { DRAYAGE_SECRET_REGISTRY_PASSWORD: 'a-long-password' };
    expect((await folder.run(['validate'], secret)).stdout).toContain('services api, web');
  });

  it('for one with a workflow and a drayage.yml, both of which stay as they are', async ({ expect }) => {
    const config = `project: old\nservers: { a: { host: a.example.com } }\nservices:\n  web:\n    source: { image: nginx }\n    deploy: { servers: [a], secrets: { KEY: "\${{ secrets.API_KEY }}" } }\n`;
    using folder = repository({ 'drayage.yml': config, '.github/workflows/deploy.yml': 'name: mine\n' }, github);
    const { status, stdout } = await folder.run(['init']);
    expect(status).toBe(0);
    expect(stdout).toContain('Wrote .github/workflows/drayage.yml.\n');
    expect(stdout).toContain(
      "\n.github/workflows/deploy.yml is another workflow and stays as it is, so Drayage's is .github/workflows/drayage.yml.\n",
    );
    expect(stdout).toContain('gh secret set API_KEY');
    const { jobs } = parse(read(folder, '.github/workflows/drayage.yml'));
    expect(jobs.deploy.steps[1].with.secrets).toBe('API_KEY=${{ secrets.API_KEY }}\n');
    expect(read(folder, 'drayage.yml')).toBe(config);
    expect((await folder.run(['init', '--force'])).stderr).toContain('needs --server;');
    folder.write(
      '.github/workflows/drayage.yml',
      read(folder, '.github/workflows/drayage.yml').replace('main', 'prod'),
    );
    expect((await folder.run(['init'])).stdout).toContain(
      '.github/workflows/drayage.yml is there already and stays as it is (--force overwrites it).',
    );
    expect((await folder.run(['init', '--force', '--server', server])).stdout).toContain('Wrote drayage.yml.');
    expect(parse(read(folder, '.github/workflows/drayage.yml')).on.push.branches).toEqual(['main']);
    expect(read(folder, '.github/workflows/deploy.yml')).toBe('name: mine\n');
  });

  it('for Bitbucket, with secrets a line each', async ({ expect }) => {
    using folder = repository({ Dockerfile: 'FROM nginx\nEXPOSE 80\n' }, 'git@bitbucket.org:acme/shop.git');
    const argv = ['init', '--server', server, '--registry', 'registry.example.com:5000', '--health-http', '/healthz'];
    expect(await folder.run(argv)).toMatchObject({ status: 0, stderr: '' });
    const pipeline = parse(read(folder, 'bitbucket-pipelines.yml'));
    expect(pipeline.pipelines.branches.main[0].step.script[0]).toEqual({
      pipe: expect.stringMatching(/^drayage\/drayage:\d+\.\d+\.\d+$/),
      variables: { SECRETS: 'REGISTRY_PASSWORD=$REGISTRY_PASSWORD' },
    });
    const { services } = parse(read(folder, 'drayage.yml'));
    expect(services.web.image).toBe('registry.example.com:5000/acme/shop');
    expect(services.web.deploy.health).toEqual({ http: '/healthz', port: 80 });
  });
});

describe.concurrent('drayage init', () => {
  it('says in one sentence which flags it needs where it cannot ask', async ({ expect }) => {
    using folder = repository({ Dockerfile: 'FROM nginx\n' });
    const { status, stderr } = await folder.run(['init']);
    expect(status).toBe(64);
    expect(stderr).toMatch(/^\ndrayage init asks nothing here and needs --server and --ci; everything else/);
    expect(existsSync(join(folder.path, 'drayage.yml'))).toBe(false);
  });

  it('writes nothing in a dry run, and prints it', async ({ expect }) => {
    using folder = repository({ Dockerfile: 'FROM nginx\n' }, github);
    const { status, stdout } = await folder.run(['init', '--dry-run', '--server', server]);
    expect(status).toBe(0);
    expect(stdout).toContain('Would write drayage.yml:\n    # yaml-language-server: ');
    expect(existsSync(join(folder.path, 'drayage.yml'))).toBe(false);
    expect(existsSync(join(folder.path, '.github'))).toBe(false);
  });

  it.for([
    [
      ['--domain', 'https://a.example.com', '--acme-email', 'nobody'],
      ['2 problems:', 'is "https://a.example.com"; expected a host name', 'proxy.email is "nobody"'],
    ],
    [['--registry', 'ghcr.io/acme'], ['--registry is "ghcr.io/acme"; expected a host such as ghcr.io, or none.']],
    [['--server', 'root@bad host'], ['is not the address of a server']],
  ] as const)('refuses %j before anything is written', async ([flags, sentences], { expect }) => {
    using folder = repository({ Dockerfile: 'FROM nginx\nEXPOSE 80\n' }, github);
    const argv = ['init', ...(flags[0] === '--server' ? [] : ['--server', server]), ...flags];
    const { status, stderr } = await folder.run(argv);
    for (const sentence of sentences) expect(stderr).toContain(sentence);
    expect(status).toBe(64);
    expect(existsSync(join(folder.path, 'drayage.yml'))).toBe(false);
  });
});

/** Types on a real pseudo-terminal, which `script` of util-linux makes: each answer when its question is shown. */
async function type(folder: Folder, answers: readonly (readonly [question: string, keys: string])[]) {
  const command = `exec '${process.execPath}' '${resolve('packages/cli/src/main.ts')}' init`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: folder.path,
    env: { PATH: process.env.PATH, HOME: folder.path, TERM: 'xterm', NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const left = [...answers];
  let [shown, unread] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    unread += text;
    const [question, keys] = left[0] ?? [];
    if (question === undefined || !unread.includes(question)) return;
    unread = '';
    left.shift();
    child.stdin.write(keys ?? '');
  });
  const status = await new Promise((settle) => child.on('close', settle));
  return { status, shown };
}

describe('drayage init on a terminal', () => {
  it('asks what it did not find, and takes what stands in brackets for an empty answer', async ({ expect }) => {
    using folder = repository({ Dockerfile: 'FROM nginx\n' });
    const { status, shown } = await type(folder, [
      // It has no default, so it is asked again.
      ['The server, as ssh reaches it', '\r'],
      ['The server, as ssh reaches it', `${server}\r`],
      ['The domain it answers at', 'shop.example.com\r'],
      ['inside the container [3000]: ', '\r'],
      ['The CI that deploys', 'bitbucket\r'],
    ]);
    expect(shown).toContain('Found Dockerfile.');
    expect(shown).toContain('Wrote bitbucket-pipelines.yml.');
    expect(status).toBe(0);
    const { servers, services } = parse(read(folder, 'drayage.yml'));
    expect(servers['server-1'].host).toBe(server);
    expect(services.web.domains).toEqual([{ host: 'shop.example.com', port: 3000 }]);
  });

  it.for([
    ['Ctrl-C', '\x03', 'The run was cancelled by SIGINT.'],
    ['the end of the input', '\x04', 'The input ended before all questions were answered; nothing was written.'],
  ] as const)('writes nothing after %s', async ([, key, sentence], { expect }) => {
    using folder = repository({ Dockerfile: 'FROM nginx\n' }, github);
    const { status, shown } = await type(folder, [
      ['The server, as ssh reaches it', `${server}\r`],
      ['The domain it answers at', key],
    ]);
    expect(shown).toContain(sentence);
    expect(status).toBe(130);
    expect(existsSync(join(folder.path, 'drayage.yml'))).toBe(false);
  });
});
