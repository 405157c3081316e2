import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuildResult, buildService } from '../../../packages/core/src/build/build.ts';
import { setupServers } from '../../../packages/core/src/setup/setup.ts';
import { type BuildWorld, leftovers, startBuildWorld } from '../../e2e/build-world.ts';
import { tool } from '../tools/tool.ts';
import { traces } from './image-traces.ts';
import { type ReleaseServer, startReleaseServer } from './releases.ts';

// nixpacks' own program plans; its base image cannot be pulled here, and another stands in under its name. A source without Nix packages is therefore
// built wholly; one with them comes to the line where Nix is asked for them.

const program = await tool('nixpacks');
const git = { sha: '0123456789abcdef0123456789abcdef01234567', branch: 'main' };

let world: BuildWorld;
let mirror: ReleaseServer;

beforeAll(async () => {
  if (program === undefined) return;
  world = await startBuildWorld('nixpacks');
  mirror = await startReleaseServer(world.lab.gateway);
  mirror.add({ name: 'nixpacks', version: '1.41.0' }, program);
  await world.builder.exec(
    'docker pull -q debian:bookworm-slim && docker tag debian:bookworm-slim ghcr.io/railwayapp/nixpacks:ubuntu-1745885067',
  );
});
afterAll(async () => {
  await mirror?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

const web = (build: object = {}) => ({
  image: `${world.registry.host}/nixpacks/web`,
  build: { type: 'nixpacks', ...build },
});

async function build(service: object, secrets: Record<string, string> = {}): Promise<BuildResult & { log: string }> {
  await using run = world.newRun();
  const project = await world.project(service, { git, secrets });
  const built = await buildService(run.context, { project, service: 'web', git }).catch((error: unknown) => {
    throw Object.assign(error as Error, { log: run.lines.join('\n') });
  });
  return { ...built, log: run.lines.join('\n') };
}

describe.skipIf(program === undefined)('nixpacks', () => {
  it('is installed by setup, verified by the checksum beside the archive of a mirror', async () => {
    await using run = world.newRun();
    const project = await world.project(web(), { git });
    const request = { project, servers: ['builder'], mode: 'auto', toolsMirror: mirror.url } as const;
    const [report] = await setupServers(run.context, request);
    expect(report?.changed).toContain('Install nixpacks 1.41.0');
    expect(run.lines.join('')).toMatch(/installed nixpacks 1\.41\.0, verified by http:\S+\.tar\.gz\.sha256/);
  });

  it('builds without leaving variables in the image, and its own by value', async () => {
    world.write({
      'start.sh': 'echo "I run"\n',
      'nixpacks.toml': `providers = []
[variables]
FLAVOUR = 'it costs $5 "now"'
[phases.setup]
nixPkgs = []
[phases.build]
cmds = ["printf '%s %s' \\"$TOKEN\\" \\"$GREETING\\" | sha256sum > made", "echo \\"$FLAVOUR\\" >> made"]
cacheDirectories = ["/root/.cache/made"]
[phases.more]
dependsOn = ["build"]
cmds = ["printf '%s' \\"$TOKEN\\" | sha256sum >> made"]
[start]
cmd = "sh start.sh"
`,
    });
    const service = web({
      env: { GREETING: "it's the 'greeting' of-the-build", NIXPACKS_NO_MUSL: 'setting-of-nixpacks' },
      secrets: { TOKEN: '${{ secrets.TOKEN }}' },
    });
    const built = await build(service, { TOKEN: 'token-of-the-build' });
    const { builder } = world;
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    const seen = sha256("token-of-the-build it's the 'greeting' of-the-build");
    expect((await builder.exec(['docker', 'run', '--rm', built.image, 'cat made'])).stdout).toBe(
      `${seen}  -\nit costs $5 "now"\n${sha256('token-of-the-build')}  -\n`,
    );
    expect((await builder.exec(['docker', 'run', '--rm', built.image])).stdout).toBe('I run\n');
    const hidden = ['of-the-build', 'setting-of-nixpacks'];
    expect(await traces(builder, built.image, hidden)).toEqual([]);
    for (const text of hidden) expect(built.log).not.toContain(text);
    expect(await leftovers(builder, hidden)).toBe('');
    const labels = JSON.parse(
      (await builder.exec(['docker', 'inspect', '-f', '{{json .Config.Labels}}', built.image])).stdout,
    );
    expect(labels).toMatchObject({ 'dev.drayage.service': 'web' });
    const other = await build(service, { TOKEN: 'another-token' });
    expect(other.imageId).not.toBe(built.imageId);
    const cached = await build(service, { TOKEN: 'another-token' });
    expect(cached.imageId).toBe(other.imageId);
    const anew = await build(web({ ...service.build, 'no-cache': true }), { TOKEN: 'another-token' });
    expect(anew.imageId).not.toBe(other.imageId);
    expect(anew.log).not.toMatch(/RUN .*sha256sum.*\n+#\d+ CACHED/);
  });

  it('comes to the line where Nix is asked for packages', async () => {
    world.remove('nixpacks.toml');
    world.write({ 'package.json': '{ "name": "web", "version": "1.0.0", "scripts": { "start": "node ." } }' });
    await expect(build(web())).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      message: expect.stringMatching(/`RUN nix-env -if \.nixpacks\/nixpkgs-[0-9a-f]+\.nix && nix-collect-garbage -d`/),
    });
  });

  it('fails with what nixpacks says', async () => {
    world.remove('package.json');
    world.remove('start.sh');
    world.write({ 'notes.txt': 'nothing to build\n' });
    await expect(build(web())).rejects.toMatchObject({
      message:
        'nixpacks cannot plan the build of web on builder: Nixpacks was unable to generate a build plan for this app.',
    });
  });
});
