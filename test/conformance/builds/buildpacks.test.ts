import { createHash } from 'node:crypto';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuildResult, buildService } from '../../../packages/core/src/build/build.ts';
import { setupServers } from '../../../packages/core/src/setup/setup.ts';
import { type BuildWorld, leftovers, startBuildWorld } from '../../e2e/build-world.ts';
import { tool } from '../tools/tool.ts';
import { createBuilder } from './buildpack-builder.ts';
import { traces } from './image-traces.ts';
import { startReleaseServer } from './releases.ts';

// pack and the lifecycle are the projects' own programs, and so is the builder that they make of a small buildpack. The builders of Heroku and Paketo
// cannot be pulled here: theirs differ in the buildpacks, not in how they are run.

const [pack, lifecycle, launcher] = await Promise.all([tool('pack'), tool('lifecycle'), tool('launcher')]);
const programs = pack && lifecycle && launcher ? { pack, lifecycle, launcher } : undefined;
const git = { sha: '0123456789abcdef0123456789abcdef01234567', branch: 'main' };

let world: BuildWorld;

beforeAll(async () => {
  if (programs === undefined) return;
  world = await startBuildWorld('buildpacks');
  await createBuilder(world.builder, programs, `${world.registry.host}/lab`);
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

const web = (build: object) => ({
  image: `${world.registry.host}/buildpacks/web`,
  build: { type: 'paketo', version: `${world.registry.host}/lab/builder:1`, ...build },
});

async function build(service: object, secrets: Record<string, string> = {}): Promise<BuildResult & { log: string }> {
  await using run = world.newRun();
  const project = await world.project(service, { git, secrets });
  const built = await buildService(run.context, { project, service: 'web', git }).catch((error: unknown) => {
    throw Object.assign(error as Error, { log: run.lines.join('\n') });
  });
  return { ...built, log: run.lines.join('\n') };
}

describe.skipIf(programs === undefined)('buildpacks', () => {
  it('pack is not installed when its archive is another than the known one', async () => {
    await using run = world.newRun();
    await using mirror = await startReleaseServer(world.lab.gateway);
    mirror.add({ name: 'pack', version: '0.38.2' }, pack ?? '');
    const project = await world.project(web({}), { git });
    const request = { project, servers: ['builder'], mode: 'auto', toolsMirror: mirror.url } as const;
    await expect(setupServers(run.context, request)).rejects.toMatchObject({
      code: 'SETUP_FAILED',
      message: expect.stringMatching(
        /expected was a0076557\S* \(the SHA-256 that Drayage knows\)\. Nothing was installed\./,
      ),
    });
    expect((await world.builder.exec('ls -A /var/lib/drayage/tools')).stdout).toBe('');
    await expect(build(web({}))).rejects.toMatchObject({
      code: 'BUILD_TOOL_MISSING',
      hint: 'drayage setup-build-server',
    });
  });

  it('make an image whose variables and secrets are known to the build alone', async () => {
    const { builder } = world;
    // By hand, as somebody does who has compiled it.
    await builder.exec('mkdir -p /var/lib/drayage/tools/pack-0.38.2');
    cpSync(pack ?? '', join(builder.rootFolder, 'var/lib/drayage/tools/pack-0.38.2/pack'));
    world.write({ 'start.sh': 'echo "I run"\n' });
    const service = web({ env: { GREETING: 'greeting-of-the-build' }, secrets: { TOKEN: '${{ secrets.TOKEN }}' } });
    const built = await build(service, { TOKEN: 'token\nof-the-build' });
    expect(built.log).toContain('there was no cache');
    const seen = createHash('sha256').update('token\nof-the-build greeting-of-the-build').digest('hex');
    const shell = ['docker', 'run', '--rm', '--entrypoint', 'cat', built.image, 'made'] as const;
    expect((await builder.exec([...shell])).stdout).toBe(`${seen}  -\n`);
    expect((await builder.exec(['docker', 'run', '--rm', built.image])).stdout).toBe('I run\n');
    const labels = JSON.parse(
      (await builder.exec(['docker', 'inspect', '-f', '{{json .Config.Labels}}', built.image])).stdout,
    );
    expect(labels).toMatchObject({ 'dev.drayage.service': 'web', 'io.buildpacks.build.metadata': expect.any(String) });
    const hidden = ['of-the-build', 'greeting-of-the-build'];
    expect(await traces(builder, built.image, hidden)).toEqual([]);
    for (const text of hidden) expect(built.log).not.toContain(text);
    expect(await leftovers(builder, hidden)).toBe('');
    const left = await builder.exec(
      'docker image ls -a --format "{{.Repository}}" | grep -E "pack.local|/interim/" || true',
    );
    expect(left.stdout).toBe('');
  });

  it('keep their cache for the next build, and forget it when asked', async () => {
    world.write({ 'start.sh': 'echo "I run too"\n' });
    expect((await build(web({ secrets: { TOKEN: '${{ secrets.TOKEN }}' } }), { TOKEN: 'a-token' })).log).toContain(
      'the cache came back',
    );
    // Of builder and run image the newest is asked for then.
    const { builder, registry } = world;
    await builder.exec(`mkdir -p /var/lib/drayage/pack
echo 'lifecycle-image = "${registry.host}/lab/lifecycle:1"' >> /var/lib/drayage/pack/config.toml
echo ${registry.password} | docker login -u ${registry.username} --password-stdin ${registry.host} 2>/dev/null
for name in builder run lifecycle; do docker push -q ${registry.host}/lab/$name:1; done
rm /root/.docker/config.json`);
    const anew = await build(web({ 'no-cache': true, secrets: { TOKEN: '${{ secrets.TOKEN }}' } }), {
      TOKEN: 'a-token',
    });
    expect(anew.log).toContain('there was no cache');
    expect(anew.log).not.toContain('the cache came back');
    expect(anew.log).toMatch(/Pulling from lab\/builder/);
  });

  it('end with their containers when the build is cancelled', async () => {
    const { builder } = world;
    await using run = world.newRun();
    const project = await world.project(web({ env: { WAIT: 'godot' } }), { git });
    const building = buildService(run.context, { project, service: 'web', git });
    building.catch(() => undefined);
    await run.printed('waiting for godot');
    run.cancel();
    await expect(building).rejects.toMatchObject({ code: 'CANCELLED' });
    const left = 'docker ps -q; docker image ls -a --format "{{.Repository}}" | grep pack.local';
    await builder.exec(`for i in 1 2 3 4 5 6 7 8 9 10; do [ -n "$(${left})" ] || break; sleep 1; done`);
    expect((await builder.exec(`${left} || true`)).stdout).toBe('');
  });

  it('fail with what a buildpack said', async () => {
    await expect(build(web({ env: { BREAK: 'yes' } }))).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      message: 'The buildpacks of web on builder failed: error: the variable BREAK is set.',
    });
    world.remove('start.sh');
    world.write({ 'other.txt': 'nothing to start\n' });
    await expect(build(web({}))).rejects.toMatchObject({
      hint: 'No buildpack of the builder knows this source: name another builder under build.version, or another build.type.',
    });
  });
});
