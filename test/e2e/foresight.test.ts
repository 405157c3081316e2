import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { application, startWorld, type World } from './bad-days/world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld('foresight');
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

it('plan on bare servers tells what setup would do, and changes nothing', async () => {
  const bare = await world.lab.host('bare');
  const configuration = world.configuration();
  const { node } = configuration.servers;
  if (node) Object.assign(node, { host: bare.address, 'host-key': bare.hostKey });
  world.write(configuration);
  const { code, output } = await world.run(['plan', '--detailed-exitcode']);
  expect(code, output).toBe(2);
  expect(output).toContain('setup of node: Install');
  expect(output).toContain('web: would be deployed after that');
  const { stdout } = await bare.exec('command -v docker; ls /var/lib/drayage 2>/dev/null', { check: false });
  expect(stdout).toBe('');
});

it('plan of a service that has yet to be deployed foresees its domains', async () => {
  world.write(world.configuration());
  const before = await world.run(['setup-deploy-node']);
  expect(before.code, before.output).toBe(0);
  const { code, output } = await world.run(['plan', '--detailed-exitcode']);
  expect(code, output).toBe(2);
  expect(output).toContain('add http://shop.example.com/ to port 3000');
});

it('a domain that another project has is refused before anything is deployed', async () => {
  world.write(world.configuration());
  const first = await world.run(['up']);
  expect(first.code, first.output).toBe(0);
  const before = await world.traces();
  const other = world.configuration();
  other.project = 'other';
  world.write(other);
  const { code, output } = await world.run(['up']);
  expect(code).toBe(1);
  expect(output).toContain('DOMAIN_TAKEN');
  expect(output).toContain('http://shop.example.com/ is served by the service web of project shop');
  expect(await world.traces()).toEqual(before);
  expect(await world.answer()).toBe('one');
});

it('plan knows the commit that runs, and says when a new image would take its place', async () => {
  const git = (...args: string[]): string => {
    const identity = ['-c', 'user.name=Alice', '-c', 'user.email=alice@example.com', '-c', 'commit.gpgSign=false'];
    return execFileSync('git', ['-C', world.folder, ...identity, ...args], { encoding: 'utf8' }).trim();
  };
  const commit = (message: string): string => {
    git('add', '--all');
    git('commit', '--quiet', '--allow-empty', '--message', message);
    return git('rev-parse', '--short=7', 'HEAD');
  };
  const plan = (...more: string[]) => world.run(['plan', '--detailed-exitcode', ...more]);
  const outputs = () => JSON.parse(readFileSync(join(world.folder, '.drayage', 'outputs.json'), 'utf8')) as object;
  const inGitlab = { env: { GITLAB_CI: 'true', CI: 'true', CI_PROJECT_DIR: world.folder } };
  world.write(world.configuration());

  // What runs was deployed from a folder without a commit.
  git('init', '--quiet', '--initial-branch=main');
  world.write(world.configuration(), { ...application, 'first.txt': 'of the first commit\n' });
  const first = commit('First');
  const unnamed = await plan();
  expect(unnamed.code, unnamed.output).toBe(2);
  expect(unnamed.output).toContain(`~ image: built from files that no commit names → ${first}`);

  const up = await world.run(['up']);
  expect(up.code, up.output).toBe(0);
  const same = await world.run(['plan', '--detailed-exitcode'], inGitlab);
  expect(same.code, same.output).toBe(0);
  expect(same.output).toContain(`web: what runs was built from ${first}`);
  expect(outputs()).toMatchObject({ status: 'unchanged' });

  // A commit that leaves the source as it was changes nothing that runs, and the plan knows once it has been carried out.
  const empty = commit('Empty');
  expect((await plan()).output).toContain(`~ image: built from commit ${first} → ${empty}`);
  expect((await world.run(['up'])).output).toContain('web: nothing is built.');
  const still = await plan();
  expect(still.code, still.output).toBe(0);

  const before = await world.traces();
  world.write(world.configuration(), { ...application, 'more.txt': 'not committed\n' });
  const changed = await plan();
  expect(changed.code, changed.output).toBe(2);
  expect(changed.output).toContain(`~ image: built from commit ${first} → ${empty}, with changes`);

  const second = commit('Second');
  const next = await world.run(['plan', '--detailed-exitcode'], inGitlab);
  expect(next.code, next.output).toBe(2);
  expect(next.output).toContain(`~ image: built from commit ${first} → ${second}`);
  expect(outputs()).toMatchObject({ status: 'planned' });
  const json = await plan('--log-format', 'json');
  expect(json.output).toContain(`built from commit ${first} → ${second}`);

  // The digest of what has yet to be built is nobody's; the one that runs is what it would replace.
  const dry = await world.run(['up', '--dry-run'], inGitlab);
  expect(dry.code, dry.output).toBe(0);
  const { services } = outputs() as { services: unknown };
  const [web] = (typeof services === 'string' ? JSON.parse(services) : services) as Record<string, string>[];
  expect(web).toMatchObject({ status: 'planned', 'source-commit': git('rev-parse', 'HEAD') });
  expect(web?.['pinned-image'] ?? '').toBe('');
  expect(web?.['previous-image']).toContain('/acme/web@sha256:');
  expect(await world.traces()).toEqual(before);
});

it('plan sees that other settings of the build give another image of the same commit', async () => {
  const configuration = world.configuration();
  const { web } = configuration.services;
  // drayage.yml stays as it is, and so does the commit.
  Object.assign(web?.build ?? {}, { args: { VERSION: '${{ env.VERSION }}' } });
  world.write(configuration);
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', world.folder, '-c', 'user.name=Alice', '-c', 'user.email=alice@example.com', ...args]);
  git('add', '--all');
  git('commit', '--quiet', '--message', 'Arguments');
  const run = (VERSION: string, ...args: string[]) => world.run(args, { env: { VERSION } });

  const first = await run('one', 'up');
  expect(first.code, first.output).toBe(0);
  const same = await run('one', 'plan', '--detailed-exitcode');
  expect(same.code, same.output).toBe(0);
  const other = await run('two', 'plan', '--detailed-exitcode');
  expect(other.code, other.output).toBe(2);
  expect(other.output).toMatch(/~ image: built from commit [0-9a-f]{7} → [0-9a-f]{7}, built with other settings/);

  const second = await run('two', 'up');
  expect(second.code, second.output).toBe(0);
  expect(await world.answer()).toBe('two');
  const still = await run('two', 'plan', '--detailed-exitcode');
  expect(still.code, still.output).toBe(0);
});

it('plan knows as much of an image that travels over SSH', async () => {
  const configuration = world.configuration();
  const { web } = configuration.services;
  if (web) delete web.image;
  world.write(configuration);
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', world.folder, '-c', 'user.name=Alice', '-c', 'user.email=alice@example.com', ...args]);
  const commit = () => {
    git('add', '--all');
    git('commit', '--quiet', '--allow-empty', '--message', 'Next');
  };
  commit();
  const sent = await world.run(['up']);
  expect(sent.code, sent.output).toBe(0);
  commit();
  expect((await world.run(['plan', '--detailed-exitcode'])).output).toContain('~ image: built from commit');
  const again = await world.run(['up']);
  expect(again.output).toContain('web: nothing is built.');
  const still = await world.run(['plan', '--detailed-exitcode']);
  expect(still.code, still.output).toBe(0);
  expect(still.output).toContain('web: what runs was built from');
});

it('a service whose last domain is deleted is taken off the proxy, and plan says so', async () => {
  const configuration = world.configuration();
  const { web } = configuration.services;
  if (web === undefined) throw new Error('The world has no service web.');
  web.source = { image: 'busybox:1.37.0' };
  delete web.build;
  delete web.image;
  const serve = 'mkdir /www && echo ok >/www/healthz && echo plain >/www/version.txt && exec httpd -f -p 3000 -h /www';
  web.deploy.command = ['sh', '-c', serve];
  world.write(configuration);
  const first = await world.run(['up']);
  expect(first.code, first.output).toBe(0);
  expect(await world.answer()).toBe('plain');

  delete web.domains;
  world.write(configuration);
  // The container of the version before may still be about to stop.
  const { state } = await world.traces();
  const planned = await world.run(['plan', '--detailed-exitcode']);
  expect(planned.code, planned.output).toBe(2);
  expect(planned.output).toContain('node: remove http://shop.example.com/ to port 3000');
  expect((await world.traces()).state).toEqual(state);
  expect(await world.answer()).toBe('plain');

  const removed = await world.run(['up']);
  expect(removed.code, removed.output).toBe(0);
  expect(removed.output).toContain('node: remove http://shop.example.com/ to port 3000');
  await expect(world.answer()).rejects.toThrow('answered 404');
  const after = await world.traces();
  expect(after.running).toContainEqual(expect.stringContaining('busybox@sha256:'));

  const again = await world.run(['up']);
  expect(again.code, again.output).toBe(0);
  expect(again.output).toContain('nothing to do');
  expect(again.output).not.toContain('the domains of web');
  expect((await world.traces()).state).toEqual(after.state);
  const still = await world.run(['plan', '--detailed-exitcode']);
  expect(still.code, still.output).toBe(0);
});
