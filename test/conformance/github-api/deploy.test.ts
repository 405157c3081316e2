import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CliProcess, CliResult } from '../../demo/drayage.ts';
import { application, startWorld, type World } from '../../e2e/bad-days/world.ts';
import { tool } from '../tools/tool.ts';
import { type GitHubApi, type GitHubApiOptions, startGitHubApi } from './server.ts';

// Whole runs on a real node, as a GitHub job starts them, and what GitHub is told of them.

const available = (await tool('npm')) !== undefined;
const [first, second, third] = ['a', 'b', 'c'].map((letter) => letter.repeat(40)) as [string, string, string];

let world: World;
let api: GitHubApi;

/** With something to answer at its URL. */
const files = {
  ...application,
  Dockerfile: application.Dockerfile?.replace('echo ok', 'echo Welcome >/www/index.html && echo ok') ?? '',
};

interface Given {
  readonly sha?: string;
  readonly pullRequest?: string;
  readonly inputs?: Record<string, string>;
}

/** Starts a command as a step of a job. */
function begin(command: string, { sha = first, pullRequest, inputs = {} }: Given = {}): CliProcess {
  const event = join(world.folder, '.event.json');
  writeFileSync(event, pullRequest ?? '{}');
  const job = {
    GITHUB_ACTIONS: 'true',
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_RUN_ID: '7',
    GITHUB_SHA: sha,
    GITHUB_API_URL: api.url,
    GITHUB_EVENT_NAME: pullRequest === undefined ? 'push' : 'pull_request',
    GITHUB_EVENT_PATH: event,
    DRAYAGE_INPUT_GITHUB_TOKEN: 'ghs_thisjobstoken',
    DRAYAGE_INPUT_GITHUB_REPORT: 'status, deployment, comment',
  };
  return world.start([command], { env: { ...job, ...inputs } });
}

const step = (command: string, given?: Given): Promise<CliResult> => begin(command, given).finished;

const pullRequest = (head: string, from = 'acme/shop') =>
  JSON.stringify({
    pull_request: {
      number: 12,
      head: { sha: head, repo: { full_name: from } },
      base: { sha: third, repo: { full_name: 'acme/shop' } },
    },
  });

async function serve(options?: GitHubApiOptions): Promise<void> {
  const started = await startGitHubApi(options);
  if (started === undefined) throw new Error('It was there a moment ago.');
  await api?.close();
  api = started;
}

/** What must hold of everything that GitHub was ever asked. */
function expectGoodManners(): void {
  expect(api.requests.flatMap(({ problems }) => problems)).toEqual([]);
  expect(api.requests.every(({ authorization }) => authorization === 'token ghs_thisjobstoken')).toBe(true);
  expect(JSON.stringify(api.requests.map(({ body }) => body))).not.toContain(world.registry.password);
}

const warnings = ({ output }: CliResult) =>
  output.split('\n').flatMap((line) => (line.startsWith('::warning') ? [line.replace(/^::warning[^:]*::/, '')] : []));

const deployments = () =>
  [...api.records.deployments].reverse().map(({ sha, statuses }) => [sha[0], ...statuses.map(({ state }) => state)]);

describe.skipIf(!available)('what GitHub is told of whole runs', () => {
  beforeAll(async () => {
    world = await startWorld('github-api');
    world.write(world.configuration(), files);
    await serve();
  });

  afterEach(expectGoodManners);

  afterAll(async () => {
    await api?.close();
    await world?.[Symbol.asyncDispose]();
  });

  it('a deployment with its URL, and the status of the commit; a title gives no secret away', async () => {
    const title = `Now with ${world.registry.password}`;
    const result = await step('up', { inputs: { DRAYAGE_INPUT_TITLE: title } });
    expect(result.code, result.output).toBe(0);
    expect(deployments()).toEqual([['a', 'in_progress', 'success']]);
    expect(api.records.deployments[0]).toMatchObject({
      environment: 'production',
      description: 'Now with ***',
      payload: { drayage: { project: 'shop', services: ['web'] } },
      statuses: [
        { log_url: 'https://github.com/acme/shop/actions/runs/7/attempts/1' },
        { environment_url: 'http://shop.example.com/' },
      ],
    });
    expect(api.records.statuses.map(({ state }) => state)).toEqual(['pending', 'success']);
    expect(api.records.comments).toEqual([]);
    expect(warnings(result)).toEqual([]);
  });

  it('a dry run of a pull request as a comment, and nothing else', async () => {
    const configuration = world.configuration();
    Object.assign(configuration.services.web?.deploy ?? {}, { env: { COLOR: '<blue> @octocat' } });
    world.write(configuration, files);
    const result = await step('plan', { sha: third, pullRequest: pullRequest(second) });
    expect(result.code, result.output).toBe(0);
    expect(api.records.comments).toHaveLength(1);
    const [{ body } = { body: '' }] = api.records.comments;
    expect(body).toContain('**web: this would change** · `plan`, a dry run');
    expect(body).toContain(`commit ${second.slice(0, 7)}`);
    expect(body).toContain('COLOR');
    expect(body).not.toContain(world.node.address);
    expect([api.records.deployments.length, api.records.statuses.length]).toEqual([1, 2]);
  });

  it('a deployment of a pull request in the same comment, beside its newest commit; the one before is inactive', async () => {
    const result = await step('up', { sha: third, pullRequest: pullRequest(second) });
    expect(result.code, result.output).toBe(0);
    expect(deployments()).toEqual([
      ['a', 'in_progress', 'success', 'inactive'],
      ['b', 'in_progress', 'success'],
    ]);
    expect(api.records.statuses.at(-1)).toMatchObject({ sha: second, state: 'success' });
    expect(api.records.comments).toHaveLength(1);
    expect(api.records.comments[0]?.body).toContain('**web: deployed** · `up`');
    expect(api.records.comments[0]?.body).not.toContain('would change');
  });

  it('a deployment that failed, while the one before stays active', async () => {
    world.write(world.configuration(), {
      ...files,
      Dockerfile: files.Dockerfile.replace('echo ok >/www/healthz', 'true'),
    });
    const result = await step('up', { sha: third });
    expect(result.code, result.output).toBe(1);
    expect(deployments().slice(1)).toEqual([
      ['b', 'in_progress', 'success'],
      ['c', 'in_progress', 'failure'],
    ]);
    expect(api.records.deployments[0]?.statuses.at(-1)).toMatchObject({
      description: expect.stringContaining('healthy'),
      environment_url: '',
    });
    expect(api.records.statuses.at(-1)).toMatchObject({ sha: third, state: 'failure' });
    expect(warnings(result)).toEqual([]);
  });

  it('a deployment that was cancelled while it waited for health', async () => {
    const run = begin('up', { sha: third });
    const [before] = api.records.deployments;
    await expect.poll(() => api.records.deployments[0] !== before, { timeout: 20_000 }).toBe(true);
    await expect.poll(() => api.records.deployments[0]?.statuses.length, { timeout: 20_000 }).toBe(1);
    const cancelledAt = Date.now();
    run.child.kill('SIGINT');
    const { code, output } = await run.finished;
    expect(code, output).toBe(130);
    // The runner kills what is still there 10 s after it asked.
    expect(Date.now() - cancelledAt).toBeLessThan(9500);
    expect(deployments().at(-1)).toEqual(['c', 'in_progress', 'error']);
    expect(api.records.statuses.at(-1)).toMatchObject({ sha: third, state: 'error' });
  });

  it('a rollback with the commit that serves again', async () => {
    const result = await step('rollback', { sha: third });
    expect(result.code, result.output).toBe(0);
    expect(deployments()[1]).toEqual(['b', 'in_progress', 'success', 'inactive']);
    const [now] = api.records.deployments;
    expect(now).toMatchObject({ sha: first, payload: { drayage: { command: 'rollback' } } });
    expect(now?.statuses.at(-1)).toMatchObject({ state: 'success', environment_url: 'http://shop.example.com/' });
    expect(api.records.statuses.at(-1)).toMatchObject({ sha: first, state: 'success' });
  });

  it('nothing, where the token may write nothing: three warnings that name the lines, and a green job', async () => {
    await serve({ mayWrite: [] });
    const result = await step('redeploy', { sha: third, pullRequest: pullRequest(second) });
    expect(result.code, result.output).toBe(0);
    const line = (permission: string) =>
      `GitHub refused it (403). The token needs \`permissions: ${permission}: write\`.`;
    expect(warnings(result).sort()).toEqual([
      `The commit status was not set: ${line('statuses')}`,
      `The deployment was not told to GitHub: ${line('deployments')}`,
      `The pull request was not commented on: ${line('pull-requests')}`,
    ]);
    const fork = await step('redeploy', { sha: third, pullRequest: pullRequest(second, 'eve/shop') });
    expect(fork.code, fork.output).toBe(0);
    expect(warnings(fork)).toHaveLength(3);
    for (const warning of warnings(fork))
      expect(warning).toContain('comes from the fork eve/shop, whose token can only read');
  });

  it('nothing, where nobody answers: the job is green and waits for the 5 seconds that are agreed, for all together', async () => {
    await serve();
    const usual = await step('redeploy');
    await serve({ trouble: () => 'silence' });
    const silent = await step('redeploy');
    expect([usual.code, silent.code]).toEqual([0, 0]);
    expect(warnings(silent).sort()).toEqual([
      'The commit status was not set: GitHub did not answer within 5 s.',
      'The deployment was not told to GitHub: GitHub did not answer within 5 s.',
    ]);
    const later = silent.duration - usual.duration;
    console.info(`redeploy: ${usual.duration} ms; with a GitHub that never answers ${later} ms more`);
    // Both runs take a little more or less each time.
    expect(later).toBeLessThan(5000 + 2500);
  });
});
