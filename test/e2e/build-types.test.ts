import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildService } from '../../packages/core/src/build/build.ts';
import { traces } from '../conformance/builds/image-traces.ts';
import { source as program } from '../demo/drayage.ts';
import { type GitServer, startGitServer } from '../demo/git-server.ts';
import { type BuildWorld, leftovers, startBuildWorld } from './build-world.ts';

const git = { sha: '0123456789abcdef0123456789abcdef01234567', branch: 'main' };

let world: BuildWorld;

beforeAll(async () => {
  world = await startBuildWorld('types');
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

async function build(web: object, secrets: Record<string, string> = {}) {
  await using run = world.newRun();
  const project = await world.project(web, { git, secrets });
  const built = await buildService(run.context, { project, service: 'web', git }).catch((error: unknown) => {
    throw Object.assign(error as Error, { log: run.lines.join('\n') });
  });
  return { ...built, log: run.lines.join('\n') };
}

describe('a static site', () => {
  it('is made by a build step whose variables stay there, and served without root', async () => {
    world.write({
      'site/public/index.html': '<h1>home</h1>',
      'site/public/404.html': '<h1>lost</h1>',
      'site/public/docs/index.html': '<h1>docs</h1>',
      'site/public/.env': 'never served',
      'site/public/drayage.yml': 'never served',
      'site/public/assets/app-3f2a1b4c.js': `console.log(${JSON.stringify('x'.repeat(2000))})`,
      'site/public/assets/settings.css': 'body{}',
    });
    const web = {
      source: { path: 'site' },
      build: {
        type: 'static',
        command: 'cp -r public out && printf "%s %s" "$TOKEN" "$GREETING" | sha256sum > out/seen.txt',
        publish: 'out',
        env: { GREETING: 'greeting-of-the-build' },
        secrets: { TOKEN: '${{ secrets.TOKEN }}' },
        headers: {
          '/*': { 'X-Frame-Options': 'DENY' },
          '/docs/*': { 'X-Frame-Options': 'SAMEORIGIN', 'X-Cost': '5 $ "net"' },
        },
      },
    };
    const built = await build(web, { TOKEN: 'token-of-the-build' });
    const { builder } = world;
    await builder.exec([
      'docker',
      'run',
      '-d',
      '--name',
      'site',
      '--read-only',
      '--tmpfs',
      '/tmp',
      '-p',
      '8080:8080',
      built.image,
    ]);
    const ask = async (path: string, ...options: string[]) => {
      const target = `http://${builder.address}:8080${path}`;
      const { stdout } = await promisify(execFile)('curl', [
        '-s',
        '-i',
        '--retry',
        '10',
        '--retry-connrefused',
        '--retry-delay',
        '0',
        ...options,
        target,
      ]);
      const [head = '', ...body] = stdout.split('\r\n\r\n');
      return { status: Number(head.split(' ')[1]), head: head.toLowerCase(), body: body.join('\r\n\r\n') };
    };
    expect(await ask('/')).toMatchObject({
      status: 200,
      body: '<h1>home</h1>',
      head: expect.stringContaining('cache-control: no-cache'),
    });
    const asset = await ask('/assets/app-3f2a1b4c.js', '-H', 'Accept-Encoding: gzip', '-o', '/dev/null', '-D', '-');
    expect(asset.head).toContain('cache-control: public, max-age=31536000, immutable');
    expect(asset.head).toContain('content-encoding: gzip');
    expect((await ask('/assets/settings.css')).head).toContain('cache-control: no-cache');
    expect((await ask('/')).head).toContain('x-frame-options: deny');
    const docs = await ask('/docs/');
    expect(docs).toMatchObject({ status: 200, body: '<h1>docs</h1>' });
    expect(docs.head).toContain('x-frame-options: sameorigin');
    expect(docs.head).toContain('x-cost: 5 $ "net"');
    expect(await ask('/docs')).toMatchObject({ status: 301, head: expect.stringContaining('location: /docs/\r\n') });
    expect(await ask('/nowhere')).toMatchObject({ status: 404, body: '<h1>lost</h1>' });
    for (const path of ['/.env', '/drayage.yml']) expect((await ask(path)).status).toBe(404);
    const seen = await ask('/seen.txt');
    expect(seen.status).toBe(200);
    expect((await builder.exec('docker exec site id -u; docker rm -f site >/dev/null')).stdout).toBe('10001\n');
    const hidden = ['token-of-the-build', 'greeting-of-the-build'];
    expect(await traces(builder, built.image, hidden)).toEqual([]);
    for (const text of hidden) expect(built.log).not.toContain(text);
    expect(await leftovers(builder, hidden)).toBe('');
    const other = await build(web, { TOKEN: 'another-token' });
    expect(other.imageId).not.toBe(built.imageId);
  });

  it('of a single page answers unknown paths with index.html, but not missing files', async () => {
    const built = await build({ source: { path: 'site/public' }, build: { type: 'static', spa: true } });
    await world.builder.exec(`docker run -d --name page -p 8081:8080 ${built.image}`);
    let stdout = '';
    for (const path of ['/', '/basket/3', '/gone.js']) {
      const options = [
        '-s',
        '--retry',
        '10',
        '--retry-connrefused',
        '--retry-delay',
        '0',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code} %{content_type}\n',
      ];
      stdout += (await promisify(execFile)('curl', [...options, `http://${world.builder.address}:8081${path}`])).stdout;
    }
    await world.builder.exec('docker rm -f page');
    expect(stdout).toBe('200 text/html\n200 text/html\n404 text/html\n');
  });

  it('says which folder is missing', async () => {
    await expect(build({ source: { path: 'site' }, build: { type: 'static', publish: 'dist' } })).rejects.toMatchObject(
      {
        code: 'BUILD_FAILED',
        message: 'The folder dist of web, which build.publish names, is not there in the source (on builder).',
      },
    );
  });
});

describe('a service without a type', () => {
  let server: GitServer;
  beforeAll(async () => {
    server = await startGitServer({
      address: world.lab.gateway,
      folder: join(world.folder, 'served'),
      token: 'token-of-git',
    });
  });
  afterAll(async () => server?.[Symbol.asyncDispose]());

  it('is looked into by its own job when git brings it to the server', async () => {
    const url = server.create('shop');
    const run = (...args: string[]) =>
      execFileSync(
        'git',
        ['-C', join(world.folder, 'work'), '-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args],
        { encoding: 'utf8' },
      );
    mkdirSync(join(world.folder, 'work'));
    run('init', '--quiet', '--initial-branch=main');
    const commit = (file: string, text: string) => {
      writeFileSync(join(world.folder, 'work', file), text);
      run('add', '.');
      run('commit', '--quiet', '--message', file);
      run('push', '--quiet', join(world.folder, 'served', 'shop.git'), 'HEAD:main');
    };
    const web = { source: { git: url, token: '${{ secrets.GIT }}' } };
    commit('start.sh', 'echo hello\n');
    await expect(build(web, { GIT: 'token-of-git' })).rejects.toMatchObject({
      code: 'BUILD_TOOL_MISSING',
      message: 'builder has no railpack 0.20.0, which builds web: the source has no Dockerfile, so railpack builds it.',
      hint: 'Name it, services.web.build.type: railpack, then run `drayage setup-build-server`; or add a Dockerfile.',
    });
    commit('Dockerfile', 'FROM busybox:1.37.0\nCOPY start.sh /\n');
    const built = await build(web, { GIT: 'token-of-git' });
    expect(built.log).toContain(
      'web: build.type is dockerfile, because none is named and the source has a Dockerfile.',
    );
    // That costs no turn: the job that builds has a look.
    const turns = async (keys: object) => {
      world.relay.reset();
      await build({ ...web, build: { 'no-cache': true, ...keys } }, { GIT: 'token-of-git' });
      return world.relay.counts().turns;
    };
    const named = await turns({ type: 'dockerfile' });
    expect(await turns({})).toBeLessThanOrEqual(named);
    await expect(build({ ...web, build: { command: 'make' } }, { GIT: 'token-of-git' })).rejects.toMatchObject({
      code: 'BUILD_IMPOSSIBLE',
      message:
        'services.web.build.command is for railpack, but the source has a Dockerfile and build.type is not named.',
    });
  });
});

describe('a compose file', () => {
  it('has its builds made, pushed, and written down by digest', async () => {
    const { builder, registry, folder } = world;
    world.write({
      'stack/compose.yml': `# What runs.
services:
  api:
    build:
      context: api
      target: runtime
      args: { GREETING: "\${GREETING:-hello}", FLAVOUR: "\${FLAVOUR}" }
    environment: { A: b } # stays
  worker:
    image: ${registry.host}/elsewhere/worker:1.0
    build: { context: ., dockerfile: worker/Dockerfile }
  page:
    build:
      context: page
      additional_contexts: ["shared=shared"]
      dockerfile_inline: |
        FROM busybox:1.37.0
        COPY --from=shared one.txt /
        COPY two.txt /
        ARG WHO=nobody
        RUN echo "$$WHO" > /who
      args: [WHO]
      network: none
  db:
    image: postgres:15
`,
      'stack/page/two.txt': 'of the context',
      'stack/shared/one.txt': 'of the other context',
      'stack/api/Dockerfile':
        'FROM busybox:1.37.0 AS runtime\nARG GREETING\nARG FLAVOUR\nRUN echo "$GREETING $FLAVOUR" > /said\nFROM scratch\n',
      'stack/worker/Dockerfile': 'FROM busybox:1.37.0\nCOPY compose.yml /\n',
      'drayage.yml': JSON.stringify({
        project: 'shop',
        servers: { builder: { host: builder.address, 'host-key': builder.hostKey, role: 'both' } },
        registries: {
          [registry.host]: { username: registry.username, password: '${{ secrets.REGISTRY }}', insecure: true },
        },
        services: {
          stack: {
            source: { path: 'stack' },
            image: `${registry.host}/shop/stack`,
            build: { type: 'compose', env: { FLAVOUR: 'vanilla' } },
          },
        },
      }),
    });
    const drayage = async (...argv: string[]) =>
      promisify(execFile)(process.execPath, [program, ...argv], {
        cwd: folder,
        env: {
          PATH: process.env.PATH,
          HOME: folder,
          DRAYAGE_SSH_KEY: builder.privateKey,
          DRAYAGE_SECRET_REGISTRY: registry.password,
        },
      });
    const refused = await drayage('up').catch((error: { stderr: string }) => error);
    expect(refused.stderr).toContain(
      'Service stack is built of a compose file, whose services cannot be deployed yet.',
    );
    await drayage('build-remote');
    await drayage('push-image');
    const text = readFileSync(join(folder, '.drayage/compose-stack.yml'), 'utf8');
    expect(text).toContain('# What runs.');
    expect(text).toContain('# stays');
    const { services } = parse(text);
    expect(services).toEqual({
      api: {
        image: expect.stringMatching(`^${registry.host}/shop/stack-api@sha256:[0-9a-f]{64}$`),
        environment: { A: 'b' },
      },
      worker: { image: expect.stringMatching(`^${registry.host}/elsewhere/worker@sha256:[0-9a-f]{64}$`) },
      page: { image: expect.stringMatching(`^${registry.host}/shop/stack-page@sha256:[0-9a-f]{64}$`) },
      db: { image: 'postgres:15' },
    });
    const login = `echo ${registry.password} | docker login -u ${registry.username} --password-stdin ${registry.host} >/dev/null 2>&1`;
    const said = await builder.exec(
      `${login} && docker run --rm --pull always -q ${services.api.image} cat /said && docker run --rm --pull always -q ${services.page.image} cat /one.txt /two.txt /who && docker logout ${registry.host} >/dev/null`,
    );
    const anew = await drayage('build-remote', '--no-cache');
    expect(anew.stdout).toMatch(/RUN echo "hello vanilla" > \/said/);
    expect(anew.stdout).not.toMatch(/nothing is built|RUN echo .*\n+.*CACHED/);
    expect(said.stdout).toBe('hello vanilla\nof the other contextof the contextnobody\n');
  });
});
