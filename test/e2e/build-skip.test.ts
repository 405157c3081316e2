import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildService } from '../../packages/core/src/build/build.ts';
import { pushImage } from '../../packages/core/src/image/push.ts';
import { type BuildWorld, startBuildWorld } from './build-world.ts';

const commits = ['1'.repeat(40), '2'.repeat(40)] as const;

let world: BuildWorld;

beforeAll(async () => {
  world = await startBuildWorld('skip');
  world.write({
    Dockerfile: 'FROM busybox:1.37.0\nARG WHO=nobody\nCOPY a.txt /\nRUN echo $WHO > /who\n',
    'a.txt': 'one',
  });
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

/** Builds and pushes in a run of its own, and tells what that cost after the connection stood. */
async function build(web: object = {}, sha: string = commits[0]) {
  await using run = world.newRun();
  const { context, lines } = run;
  const git = { sha, branch: 'main' };
  const image = `${world.registry.host}/shop/web`;
  const project = await world.project({ image, tags: ['latest'], ...web }, { git });
  await context.connect('builder');
  world.relay.reset();
  const startedAt = performance.now();
  const built = await buildService(context, { project, service: 'web', git });
  const pushed = await pushImage(context, { ...built, project, service: 'web', git });
  const milliseconds = performance.now() - startedAt;
  const { turns } = world.relay.counts();
  await built.remember(pushed.digest);
  const isSkipped = lines.some((line) => line.includes('nothing is built'));
  return { ...built, pushed, lines, turns, milliseconds, isSkipped };
}

describe('a build whose image would be the same', () => {
  it('is skipped, says why, and takes three turns at most', async () => {
    const first = await build();
    expect(first.isSkipped).toBe(false);
    const again = await build();
    expect(again.lines.join('\n')).toContain(
      'web: nothing is built. Sources, inputs and base images are those of the last build on builder (--no-cache builds anew).',
    );
    expect(again).toMatchObject({ imageId: first.imageId, pushed: first.pushed, platforms: ['linux/amd64'] });
    expect(again.turns).toBeLessThanOrEqual(3);
    console.log(`skipped in ${again.turns} turns, ${again.milliseconds.toFixed(0)} ms`);
  });

  it('takes the image of an earlier commit that had the same source, and names it after the new one', async () => {
    const tags = ['sha'];
    const before = await build({ tags });
    const next = await build({ tags }, commits[1]);
    expect(next.isSkipped).toBe(true);
    expect(next.lines.join('\n')).toContain('of commit 111111111111');
    expect(next.pushed).toMatchObject({ digest: before.pushed.digest, tags: ['222222222222'] });
    const { stdout } = await world.builder.exec([
      'docker',
      'images',
      '--format',
      '{{.Tag}}',
      `${world.registry.host}/shop/web`,
    ]);
    expect(stdout.split('\n')).toContain('222222222222');
  });

  it('is built when a file, an argument, or the wish to build anew differs', async () => {
    await build();
    expect((await build({ build: { args: { WHO: 'me' } } })).isSkipped).toBe(false);
    expect((await build({ build: { args: { WHO: 'me' } } })).isSkipped).toBe(true);
    expect((await build({ build: { args: { WHO: 'me' }, 'no-cache': true } })).isSkipped).toBe(false);
    world.write({ 'a.txt': 'two' });
    expect((await build({ build: { args: { WHO: 'me' } } })).isSkipped).toBe(false);
  });

  it('is built when a base image stands for something else, and when the image is gone', async () => {
    const { host } = world.registry;
    const { builder } = world;
    await world.registry.put('library/busybox:1.37.0');
    const base = `${host}/library/busybox:1.37.0`;
    world.write({ Dockerfile: `FROM ${base}\nCOPY a.txt /\n` });
    expect((await build()).isSkipped).toBe(false);
    const known = await build();
    expect(known.isSkipped).toBe(true);
    await builder.exec(['docker', 'rmi', '--force', known.imageId]);
    expect((await build()).isSkipped).toBe(false);
    expect((await build()).isSkipped).toBe(true);
    const { username, password } = world.registry;
    await builder.exec(`echo ${password} | docker login -u ${username} --password-stdin ${host}
printf 'FROM ${base}\\nRUN echo patched > /patched\\n' | docker build -t ${base} - && docker push ${base} && docker logout ${host}`);
    expect((await build()).isSkipped).toBe(false);
  });
});
