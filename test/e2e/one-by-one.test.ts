import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startWorld, type World } from './bad-days/world.ts';

let world: World;
let version = 0;

beforeAll(async () => {
  world = await startWorld('one-by-one');
  world.write(world.configuration());
  git('init', '--quiet', '--initial-branch=main');
  commit();
  const up = await world.run(['up']);
  expect(up.code, up.output).toBe(0);
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

beforeEach(() => rmSync(join(world.folder, '.drayage'), { recursive: true, force: true }));

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=Alice', '-c', 'user.email=alice@example.com', '-c', 'commit.gpgSign=false'];
  return execFileSync('git', ['-C', world.folder, ...identity, ...args], { encoding: 'utf8' }).trim();
}

/** The next version of the application; returns what it answers, which is the beginning of its commit's title too. */
function edit(): string {
  version += 1;
  const configuration = world.configuration();
  Object.assign(configuration.services.web?.build ?? {}, { args: { VERSION: `version-${version}` } });
  world.write(configuration);
  return `version-${version}`;
}

function commit(): string {
  const answer = edit();
  git('add', '--all');
  git('commit', '--quiet', '--message', answer);
  return answer;
}

async function steps(names: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  let output = '';
  for (const name of names) {
    const ended = await world.run([name], { env });
    expect(ended.code, ended.output).toBe(0);
    output += ended.output;
  }
  return output;
}

const all = ['build-remote', 'push-image', 'deploy-service'];

it('what is built is what is pushed and deployed, however often the steps run in one folder', async () => {
  for (const change of [commit, edit]) {
    const wanted = change();
    await steps(all);
    expect(await world.answer()).toBe(wanted);
  }
});

it('a job that is run again deploys what it builds, not what its first attempt pushed', async () => {
  const github = (attempt: string) => ({
    GITHUB_ACTIONS: 'true',
    CI: 'true',
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_RUN_ID: '1',
    GITHUB_RUN_ATTEMPT: attempt,
    GITHUB_WORKSPACE: world.folder,
  });
  const file = join(world.folder, '.drayage', 'state.json');
  const artifacts = join(world.folder, '.drayage', 'artifacts', 'shop-push-image-web-production-1');
  const first = commit();
  await steps(all, github('1'));
  expect(await world.answer()).toBe(first);
  execFileSync('sh', ['-c', `mkdir -p "$1" && mv "$2" "$1"`, 'sh', artifacts, file]);
  // The same commit gives another image: its base image has changed, say.
  const second = edit();
  await steps(['build-remote'], github('2'));
  await steps(['push-image', 'deploy-service'], { ...github('2'), DRAYAGE_STATE_ARTIFACT: 'shop' });
  expect(await world.answer()).toBe(second);
});

it('a deployment of a later commit does not take what was built of an earlier one', async () => {
  const first = commit();
  await steps(all);
  expect(await world.answer()).toBe(first);
  const built = git('rev-parse', 'HEAD').slice(0, 12);
  commit();
  const here = git('rev-parse', 'HEAD').slice(0, 12);
  const unused = `web: what was last built in this folder is of commit ${built}, and ${here} is checked out: it is not used.`;
  const pushed = await world.run(['push-image']);
  expect(pushed.code).toBe(1);
  expect(pushed.output).toContain(unused);
  expect(pushed.output).toContain('Nothing says which image of service web is to be pushed.');
  const deployed = await world.run(['deploy-service', '--dry-run']);
  expect(deployed.output).toContain(unused);
  writeFileSync(join(world.folder, 'note.txt'), 'not committed\n');
  git('checkout', '--quiet', 'HEAD~1');
  expect(await steps(['deploy-service'])).not.toContain('is not used');
});

it('what was built and not pushed, or failed to build, is not replaced by an older image', async () => {
  const serving = commit();
  await steps(all);
  const refuse = async (command: string, words: string) => {
    const { code, output } = await world.run([command]);
    expect(code, output).toBe(1);
    expect(output).toContain(words);
  };
  edit();
  await steps(['build-remote']);
  await refuse('deploy-service', 'and that image was not pushed.');
  edit();
  const configuration = world.configuration();
  Object.assign(configuration.services.web?.build ?? {}, { target: 'absent' });
  world.write(configuration);
  expect((await world.run(['build-remote'])).code).toBe(1);
  await refuse('deploy-service', 'The last build of service web did not succeed');
  await refuse('push-image', 'Nothing says which image of service web is to be pushed.');
  expect(await world.answer()).toBe(serving);
});

it('an image of files that no commit has never gets the tag of the commit', async () => {
  commit();
  const sha = git('rev-parse', 'HEAD').slice(0, 12);
  edit();
  await steps(['build-remote']);
  git('checkout', '--quiet', '.');
  expect(await steps(['push-image'])).toContain(`:${sha}-dirty`);
});

it('one run deploys to two environments what it built for each', async () => {
  const inGithub = {
    GITHUB_ACTIONS: 'true',
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_RUN_ID: '2',
    GITHUB_WORKSPACE: world.folder,
  };
  const production = commit();
  await steps(['build-remote', 'push-image'], inGithub);
  edit();
  const staging = Object.assign(world.configuration(), { environments: { staging: {} } });
  Object.assign(staging.services.web?.build ?? {}, { args: { VERSION: 'of-staging' } });
  Object.assign(staging.services.web ?? {}, { tags: ['staging'], domains: [] });
  world.write(staging);
  const there = { ...inGithub, DRAYAGE_ENVIRONMENT: 'staging' };
  await steps(['build-remote', 'push-image', 'deploy-service'], there);
  world.write(world.configuration());
  await steps(['deploy-service'], inGithub);
  expect(await world.answer()).toBe(production);
});
