import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildService } from '../../packages/core/src/build/build.ts';
import { type BuildWorld, leftovers, startBuildWorld } from './build-world.ts';

const sha = '0123456789abcdef0123456789abcdef01234567';
const application = fileURLToPath(new URL('../fixtures/app', import.meta.url));

let world: BuildWorld;

beforeAll(async () => {
  world = await startBuildWorld('build');
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

async function build(web: object, options: { name?: string; secrets?: Record<string, string> } = {}) {
  await using run = world.newRun();
  const git = { sha, branch: 'main' };
  const project = await world.project(web, { git, ...options });
  const result = await buildService(run.context, { project, service: 'web', git });
  return { ...result, lines: run.lines.join('\n') };
}

const inImage = async (image: string, command: string) =>
  (await world.builder.exec(['docker', 'run', '--rm', image, 'sh', '-c', command])).stdout;

const labelsOf = async (image: string) =>
  JSON.parse((await world.builder.exec(['docker', 'inspect', '--format', '{{json .Config.Labels}}', image])).stdout);

describe('a build from this checkout', () => {
  it('makes an image of a real application, labelled with what it came from', async () => {
    cpSync(application, `${world.folder}/app`, { recursive: true });
    const built = await build({
      source: { path: 'app' },
      build: { args: { VERSION: 'one' } },
      image: `${world.registry.host}/shop/web`,
      tags: ['sha', 'branch'],
    });
    expect(built).toMatchObject({
      image: `${world.registry.host}/shop/web:0123456789ab`,
      names: [`${world.registry.host}/shop/web:0123456789ab`, `${world.registry.host}/shop/web:main`],
      sourceCommit: sha,
      platforms: ['linux/amd64'],
      server: 'builder',
    });
    expect(built.imageId).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await inImage(built.image, 'echo $VERSION; ls')).toBe(
      'one\nnode_modules\npackage-lock.json\npackage.json\nserver.js\n',
    );
    expect(await labelsOf(built.image)).toMatchObject({
      'dev.drayage.project': 'shop',
      'dev.drayage.environment': 'production',
      'dev.drayage.service': 'web',
      'org.opencontainers.image.revision': sha,
    });
  });

  it('gives the same image again when nothing changed, and sends nothing', async () => {
    const service = { source: { path: 'app' }, build: { args: { VERSION: 'one' } } };
    const first = await build(service);
    world.relay.reset();
    const again = await build(service);
    expect(again.imageId).toBe(first.imageId);
    expect(again.lines).toContain('nothing changed');
    expect(world.relay.counts().connections).toBe(1);
  });

  it('sends only what changed, and removes what went', async () => {
    const bulk = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`delta/bulk/${index}.txt`, `${index}\n`.repeat(200)]),
    );
    world.write({
      ...bulk,
      'delta/Dockerfile': 'FROM busybox:1.37.0\nCOPY . /src\n',
      'delta/a.txt': 'one',
      'delta/gone/b.txt': 'b',
      'delta/kind': 'a file',
    });
    await build({ source: { path: 'delta' } });
    world.write({ 'delta/a.txt': 'two' });
    world.remove('delta/gone');
    world.remove('delta/kind');
    world.write({ 'delta/kind/now': 'a folder' });
    world.relay.reset();
    const built = await build({ source: { path: 'delta' } });
    expect(built.lines).toContain('3 new or changed, 4 replaced or gone');
    expect(world.relay.counts().sent).toBeLessThan(60_000);
    expect(await inImage(built.image, 'cat /src/a.txt /src/kind/now; ls /src; ls /src/bulk | wc -l')).toBe(
      'twoa folderDockerfile\na.txt\nbulk\nkind\n300\n',
    );
  });

  it('honours .dockerignore, and the one of its own Dockerfile before it', async () => {
    world.write({
      'ignored/.dockerignore': '*\n!kept\n**/*.log\n',
      'ignored/kept/a.txt': 'a',
      'ignored/kept/debug.log': 'x',
      'ignored/other/b.txt': 'b',
      'ignored/.git/config': 'never',
      'ignored/docker/web.Dockerfile': 'FROM busybox:1.37.0\nCOPY . /src\n',
      'ignored/docker/all.Dockerfile': 'FROM busybox:1.37.0\nCOPY . /src\n',
      'ignored/docker/all.Dockerfile.dockerignore': 'kept\n',
    });
    const files = 'cd /src && find . -type f | sort';
    const web = await build({ source: { path: 'ignored' }, build: { dockerfile: 'docker/web.Dockerfile' } });
    expect(await inImage(web.image, files)).toBe('./kept/a.txt\n');
    const all = await build({ source: { path: 'ignored' }, build: { dockerfile: 'docker/all.Dockerfile' } });
    expect(await inImage(all.image, files)).toBe(
      './.dockerignore\n./docker/all.Dockerfile\n./docker/all.Dockerfile.dockerignore\n./docker/web.Dockerfile\n./other/b.txt\n',
    );
  });

  it('keeps permissions and links', async () => {
    world.write({
      'modes/Dockerfile': 'FROM busybox:1.37.0\nCOPY . /src\n',
      'modes/run.sh': '#!/bin/sh\necho ran\n',
      'modes/with blank & $x.txt': 'odd',
    });
    chmodSync(`${world.folder}/modes/run.sh`, 0o755);
    symlinkSync('run.sh', `${world.folder}/modes/link`);
    const built = await build({ source: { path: 'modes' } });
    expect(await inImage(built.image, '/src/link; readlink /src/link; cat "/src/with blank & \\$x.txt"')).toBe(
      'ran\nrun.sh\nodd',
    );
  });

  it('sends everything again when the copy on the server was damaged', async () => {
    world.write({ 'damaged/Dockerfile': 'FROM busybox:1.37.0\nCOPY a.txt /\n', 'damaged/a.txt': 'a' });
    await build({ source: { path: 'damaged' } });
    await world.builder.exec('rm /var/lib/drayage/sources/*/root');
    const built = await build({ source: { path: 'damaged' } });
    expect(await inImage(built.image, 'cat /a.txt')).toBe('a');
  });

  it('says that there is no registry', async () => {
    world.write({ 'local/Dockerfile': 'FROM busybox:1.37.0\n' });
    const built = await build({ source: { path: 'local' } });
    expect(built.image).toBe('shop-production-web:0123456789ab');
    expect(built.lines).toContain(
      `no registry is named, so the image stays on builder as shop-production-web:0123456789ab (${built.imageId})`,
    );
  });

  it('takes target, arguments and labels', async () => {
    world.write({
      'target/Dockerfile':
        'FROM busybox:1.37.0 AS one\nARG WORD\nRUN echo "$WORD" > /word\nFROM busybox:1.37.0 AS two\n',
    });
    const word = `it's "quoted" $HOME \\ #`;
    const built = await build({
      source: { path: 'target' },
      build: { target: 'one', args: { WORD: word }, labels: { tier: 'front end' } },
    });
    expect(await inImage(built.image, 'cat /word')).toBe(`${word}\n`);
    expect(await labelsOf(built.image)).toMatchObject({ tier: 'front end' });
  });
});

describe('secrets of a build', () => {
  const token = 'b7-s3cret-T0ken';
  const odd = `line one\n $x "y" 'z' # \n-----END-----\n`;

  it('reach the step byte for byte and stay out of image, history, command lines and disk', async () => {
    world.write({
      'secret/Dockerfile': `FROM busybox:1.37.0
RUN --mount=type=secret,id=TOKEN --mount=type=secret,id=ODD sha256sum /run/secrets/TOKEN /run/secrets/ODD && sleep 2
ARG PASS
RUN echo "$PASS" | sha256sum
`,
    });
    const service = {
      source: { path: 'secret' },
      build: {
        secrets: { TOKEN: '${{ secrets.TOKEN }}', ODD: '${{ secrets.ODD }}' },
        args: { PASS: '${{ secrets.PASS }}' },
      },
    };
    const watching = watchArguments();
    const built = await build(service, { secrets: { TOKEN: token, ODD: odd, PASS: 'argument-value-77' } });
    const seen = await watching.stop();
    for (const value of [token, odd, 'argument-value-77\n']) {
      expect(built.lines).toContain(createHash('sha256').update(value).digest('hex'));
    }
    expect(seen).toContain('buildx build');
    expect(seen).not.toContain(token);
    expect(seen).not.toContain('argument-value-77');
    const history = (await world.builder.exec(['docker', 'history', '--no-trunc', built.image])).stdout;
    expect(history).not.toContain(token);
    expect(await leftovers(world.builder, [token, 'argument-value-77', world.registry.password])).toBe('');
  });
});

/** Samples the command lines of all processes of the build server. */
function watchArguments() {
  let seen = '';
  let isOver = false;
  const loop = (async () => {
    while (!isOver)
      seen += (await world.builder.exec('cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "', { check: false }))
        .stdout;
  })();
  return {
    stop: async () => {
      isOver = true;
      await loop;
      return seen;
    },
  };
}

describe('a build that fails', () => {
  it('shows the line of the Dockerfile, what it printed, and leaves nothing', async () => {
    world.write({
      'broken/Dockerfile': 'FROM busybox:1.37.0\nRUN echo hello\nRUN echo about to fail && \\\n    exit 3\n',
    });
    const error = await build({ source: { path: 'broken' } }).catch((caught) => caught);
    expect(error).toMatchObject({
      code: 'BUILD_FAILED',
      message:
        'The build of web on builder failed at broken/Dockerfile:3, `RUN echo about to fail && exit 3`: it ended with exit status 3.',
      at: { file: 'broken/Dockerfile', line: 3 },
    });
    expect(error.output).toContain('about to fail');
    expect(error.output).toContain('   3 | >>> RUN echo about to fail && \\');
    expect(await leftovers(world.builder)).toBe('');
  });

  it.each([
    [
      'a file that is not in the context',
      'FROM busybox:1.37.0\nCOPY nothing.txt /\n',
      'BUILD_FAILED',
      /2, `COPY nothing.txt \/`: "\/nothing.txt": not found/,
    ],
    ['a base image that does not exist', 'FROM {registry}/no/such:1\n', 'IMAGE_NOT_FOUND', /1, `FROM .*no\/such:1`/],
    [
      'a mistake in the Dockerfile',
      'FROM busybox:1.37.0\nRUNN x\n',
      'BUILD_FAILED',
      /2, `RUNN x`: .*unknown instruction: RUNN/,
    ],
  ])('explains %s', async (_, dockerfile, code, message) => {
    world.write({ 'explained/Dockerfile': dockerfile.replace('{registry}', world.registry.host) });
    await expect(build({ source: { path: 'explained' } })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('names the Dockerfile it looked for before it connects', async () => {
    world.write({ 'nofile/apps/web/Dockerfile': 'FROM busybox:1.37.0\n' });
    await expect(build({ source: { path: 'nofile' }, build: { context: 'apps/web' } })).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      hint: 'build.dockerfile is relative to the source, not to the context: write `dockerfile: apps/web/Dockerfile`.',
    });
  });
});

describe('a build that is disturbed', () => {
  it('goes on after the connection was cut, and ran once', async () => {
    world.write({
      'cut/Dockerfile':
        'FROM busybox:1.37.0\nRUN for i in 1 2 3 4 5 6; do echo tick $i; sleep 0.5; done; date +%s%N > /stamp\n',
    });
    await using run = world.newRun();
    const project = await world.project({ source: { path: 'cut' }, build: { 'no-cache': true } });
    const building = buildService(run.context, { project, service: 'web', git: {} });
    await run.printed('tick 2');
    world.relay.cut(1500);
    const built = await building;
    const ticks = run.lines.join('').match(/#\d+ [\d.]+ tick \d/g) ?? [];
    expect(ticks.map((line) => line.slice(-1))).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(await inImage(built.image, 'wc -l < /stamp')).toBe('1\n');
    expect(await leftovers(world.builder)).toBe('');
  });

  it('ends within five seconds when the run is cancelled, on the server too', async () => {
    world.write({ 'cancel/Dockerfile': 'FROM busybox:1.37.0\nRUN echo begun && sleep 987\n' });
    await using run = world.newRun();
    const project = await world.project({ source: { path: 'cancel' } });
    const building = buildService(run.context, { project, service: 'web', git: {} }).catch((caught) => caught);
    await run.printed('begun');
    const started = Date.now();
    run.cancel();
    expect(await building).toMatchObject({ code: 'CANCELLED' });
    expect(Date.now() - started).toBeLessThan(5000);
    const running = await world.builder.exec('sleep 1; ps -eo args | grep "[s]leep 987" || true');
    expect(running.stdout).toBe('');
    expect(await leftovers(world.builder)).toBe('');
  });

  it('keeps two runs apart that build the same folder at once', async () => {
    const dockerfile = 'FROM busybox:1.37.0\nCOPY a.txt /a.txt\nRUN sleep 1\n';
    const runs = ['first', 'second', 'third'].map(async (text) => {
      const folder = mkdtempSync(`${world.folder}/race-`);
      writeFileSync(`${folder}/Dockerfile`, dockerfile);
      writeFileSync(`${folder}/a.txt`, text);
      await using run = world.newRun();
      const project = await world.project({ source: { path: '.' }, tags: [text] }, { name: 'race' });
      const built = await buildService(run.context, {
        project: { ...project, file: `${folder}/drayage.yml` },
        service: 'web',
        git: {},
      });
      return await inImage(built.imageId, 'cat /a.txt');
    });
    expect(await Promise.all(runs)).toEqual(['first', 'second', 'third']);
  });
});
