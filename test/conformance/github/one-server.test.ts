import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGitHubApi } from '../github-api/server.ts';
import type { ActRun } from './act.ts';
import { commandsOf, groupsOf, outputsOf, wholeLog } from './act-log.ts';
import { exampleFile } from './checkout.ts';
import { forLab } from './lab-config.ts';
import { leaks } from './leaks.ts';
import { missing, startWorld, type World } from './world.ts';

const absent = await missing();
if (absent !== undefined) console.log(`Left out: ${absent}.`);

const list = 'docker ps --quiet --no-trunc --filter label=dev.drayage.service=web';

/** Examples that deploy to one server, one after the other on the same server: as a repository has them all. */
describe.skipIf(absent !== undefined)('workflows for one server under act', () => {
  let world: World<'vps'>;
  let secrets: Record<string, string>;
  const versions: string[] = [];

  const use = (example: string): string => {
    world.checkout.write('drayage.yml', forLab(exampleFile(example, 'drayage.yml'), world));
    return world.checkout.use(example);
  };
  // The newest: older ones may still be finishing their requests.
  const newest = async (): Promise<string> => (await world.hosts.vps.exec(`${list} | head -1`)).stdout;
  const noLeak = (run: ActRun): void => expect(leaks(wholeLog(run.entries), secrets)).toEqual([]);

  beforeAll(async () => {
    world = await startWorld('act-one', ['vps'], 'vps');
    secrets = { SSH_KEY: world.hosts.vps.privateKey, SESSION_KEY: 'a key, with "quotes" & blanks / and $signs' };
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  it('one-server deploys a commit, and what it printed is a table of contents', async () => {
    const workflow = use('one-server');
    versions.push(world.checkout.commit('Open the shop'));
    const run = await world.run({ workflow, secrets });
    expect(run.code, run.output).toBe(0);
    expect(await world.answer()).toBe(`version ${versions[0]}`);
    expect(outputsOf(run.entries)).toMatchObject({ url: 'https://shop.example.com/', status: 'done' });
    // Some of it happens at the same time.
    expect(groupsOf(run.entries).sort()).toEqual([
      'Build web on vps',
      'Configure the domains of web',
      'Send the sources of web to vps',
      'Set up vps',
      'Try vps',
      'web: deploy',
      'web: look at vps',
    ]);
    expect([...commandsOf(run.entries, 'error'), ...commandsOf(run.entries, 'warning')]).toEqual([]);
    const [summary] = commandsOf(run.entries, 'summary');
    expect(summary?.content).toMatch(/^## up: done in .*https:\/\/shop\.example\.com\/.*```mermaid\ngantt/s);
    noLeak(run);
  });

  it('by-hand rolls back to the deployment before', async () => {
    versions.push(world.checkout.commit('Greet people who return'));
    const second = await world.run({ workflow: use('one-server'), secrets });
    expect(second.code, second.output).toBe(0);
    expect(await world.answer()).toBe(`version ${versions[1]}`);
    const inputs = { command: 'rollback', environment: 'production', deployment: '' };
    const back = await world.run({ workflow: use('by-hand'), event: 'workflow_dispatch', inputs, secrets });
    expect(back.code, back.output).toBe(0);
    expect(await world.answer()).toBe(`version ${versions[0]}`);
    noLeak(back);
  });

  it('by-hand lists the deployments to choose from, and goes to the one that is chosen', async () => {
    const dispatch = (inputs: Record<string, string>) =>
      world.run({ workflow: use('by-hand'), event: 'workflow_dispatch', inputs, secrets });
    const listed = await dispatch({ command: 'history', environment: 'production', deployment: '' });
    expect(listed.code, listed.output).toBe(0);
    const row = listed.entries.find(({ msg }) => msg.includes(versions[1] ?? '?'))?.msg;
    const deployment = /\d{8}t\d{6}\S*/.exec(row ?? '')?.[0];
    if (deployment === undefined)
      throw new Error(`The history names no deployment of ${versions[1]}:\n${listed.output}`);
    const chosen = await dispatch({ command: 'rollback', environment: 'production', deployment });
    expect(chosen.code, chosen.output).toBe(0);
    expect(await world.answer()).toBe(`version ${versions[1]}`);
  });

  it('by-hand deploys the current one again, in new containers of the same image', async () => {
    const before = await newest();
    const inputs = { command: 'redeploy', environment: 'production', deployment: '' };
    const again = await world.run({ workflow: use('by-hand'), event: 'workflow_dispatch', inputs, secrets });
    expect(again.code, again.output).toBe(0);
    const { status, 'pinned-image': image, 'previous-image': previous } = outputsOf(again.entries);
    expect(status).toBe('done');
    expect(image).toBe(previous);
    await expect.poll(newest, { timeout: 20_000 }).not.toBe(before);
    expect(await world.answer()).toBe(`version ${versions[1]}`);
    expect(commandsOf(again.entries, 'error')).toEqual([]);
    noLeak(again);
  });

  describe('pull-request', () => {
    const payload = (repository: string) => ({
      pull_request: {
        number: 7,
        head: { sha: 'a'.repeat(40), repo: { full_name: repository } },
        base: { repo: { full_name: 'acme/shop' } },
      },
    });

    it('says what would change, and changes nothing', async () => {
      const workflow = use('pull-request');
      world.checkout.edit('drayage.yml', 'mode: standalone', 'mode: standalone\n      env: { GREETING: hello }');
      world.checkout.commit('Greet');
      const before = await newest();
      const run = await world.run({ workflow, event: 'pull_request', payload: payload('acme/shop'), secrets });
      expect(run.code, run.output).toBe(0);
      expect(outputsOf(run.entries)).toMatchObject({ status: 'planned' });
      expect(wholeLog(run.entries)).toContain('+ env.GREETING: "hello"');
      expect(wholeLog(run.entries)).toContain(`~ image: built from commit ${versions[1]} → `);
      expect(await newest()).toBe(before);
      noLeak(run);
    });

    it('says it in one comment, however often it runs', async ({ skip }) => {
      const token = 'ghs_0123456789abcdefghijklmnopqrstuvwxyz';
      await using api = await startGitHubApi({ token, mayWrite: ['pull-requests'] });
      if (api === undefined) return skip("GitHub's description of its API is not here: it is installed with npm");
      const options = { workflow: use('pull-request'), event: 'pull_request', payload: payload('acme/shop') };
      const env = { GITHUB_API_URL: api.url };
      const all = { ...secrets, GITHUB_TOKEN: token };
      for (const greeting of ['hello', 'good day']) {
        world.checkout.write('drayage.yml', forLab(exampleFile('pull-request', 'drayage.yml'), world));
        world.checkout.edit(
          'drayage.yml',
          'mode: standalone',
          `mode: standalone\n      env: { GREETING: ${greeting} }`,
        );
        world.checkout.commit(`Say ${greeting}`);
        const run = await world.run({ ...options, env, secrets: all });
        expect(run.code, run.output).toBe(0);
        expect(commandsOf(run.entries, 'warning')).toEqual([]);
        expect(leaks(wholeLog(run.entries), all)).toEqual([]);
      }
      expect(api.requests.flatMap(({ problems }) => problems)).toEqual([]);
      expect(api.records.comments).toHaveLength(1);
      expect(api.records.comments[0]?.body).toContain('good day');

      // A change of the sources alone is a change.
      world.checkout.write('drayage.yml', forLab(exampleFile('pull-request', 'drayage.yml'), world));
      world.checkout.write('notes.txt', 'New sources, and nothing else.\n');
      const version = world.checkout.commit('Take notes');
      const run = await world.run({ ...options, env, secrets: all });
      expect(run.code, run.output).toBe(0);
      const [{ body } = { body: '' }] = api.records.comments;
      expect(body).toContain('this would change');
      expect(body).toContain(`~ image: built from commit ${versions[1]} → ${version}`);
      expect(body).not.toContain('GREETING');
    });

    it("does not run for a fork's pull request", async () => {
      const options = { workflow: use('pull-request'), event: 'pull_request', payload: payload('mallory/shop') };
      const run = await world.run({ ...options, secrets: {} });
      expect(run.code, run.output).toBe(0);
      expect(wholeLog(run.entries)).not.toContain('drayage/drayage');
    });
  });

  it('a Dockerfile that fails is one annotation, and what served goes on', async () => {
    const workflow = use('one-server');
    world.checkout.write('Dockerfile', 'FROM node:24-bookworm-slim\nRUN echo no such luck && exit 7\n');
    world.checkout.commit('Break the build');
    const before = await newest();
    const run = await world.run({ workflow, secrets });
    expect(run.code).toBe(1);
    const [annotation, ...more] = commandsOf(run.entries, 'error');
    expect(more).toEqual([]);
    expect(annotation).toMatchObject({ kvPairs: { title: 'drayage up', file: 'Dockerfile', line: '2' } });
    expect(annotation?.arg).toContain('exit status 7');
    expect(groupsOf(run.entries).at(-1)).toBe('Why it failed');
    expect(await newest()).toBe(before);
    expect(await world.answer()).toBe(`version ${versions[1]}`);
    noLeak(run);
  });

  describe('nightly', () => {
    const tonight = () => world.run({ workflow: use('nightly'), event: 'schedule', secrets });

    it('removes leftovers, leaves what is not ours, and is green while the server is as drayage.yml says', async () => {
      // What is on the branch is what was deployed last.
      world.checkout.application('.');
      const workflow = use('one-server');
      use('nightly');
      world.checkout.commit('Mend the build');
      const deployed = await world.run({ workflow, secrets });
      expect(deployed.code, deployed.output).toBe(0);
      const labels = 'organization= project=shop environment=production service=web';
      const create = `docker create $(docker image ls --quiet --filter label=dev.drayage.service=web | head -1)`;
      await world.hosts.vps.exec(`${create.replace('create', 'create --name foreign')}
set -- --label dev.drayage.deployment=20200101t000000z-000000; for label in ${labels}; do set -- "$@" --label dev.drayage.$label; done
${create.replace('create', 'create --name left "$@"')}
docker commit foreign mine:1
echo "FROM mine:1" | docker build --quiet $(printf -- '--label dev.drayage.%s ' ${labels}) -`);
      const run = await tonight();
      expect(run.code, run.output).toBe(0);
      const log = wholeLog(run.entries);
      expect(log).toContain('removed container left');
      expect(log).toMatch(/removed image [0-9a-f]{12}.*it has no name any more/);
      expect(Number(outputsOf(run.entries).removed)).toBeGreaterThanOrEqual(2);
      const left = await world.hosts.vps.exec(
        "docker ps --all --format '{{.Names}}'; docker image ls --format '{{.Repository}}'",
      );
      expect(left.stdout).toMatch(/^foreign$/m);
      expect(left.stdout).toMatch(/^mine$/m);
      expect(left.stdout).not.toMatch(/^left$/m);
      expect(wholeLog(run.entries)).toMatch(/web +vps .*running, serving/);
      noLeak(run);
    });

    it('is red when somebody removed a container', async () => {
      await world.hosts.vps.exec(`${list} | xargs docker rm --force`);
      const run = await tonight();
      expect(run.code).toBe(1);
      expect(outputsOf(run.entries)).toMatchObject({ status: 'planned' });
    });
  });
});
