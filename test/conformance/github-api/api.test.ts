import { afterEach, describe, expect, it } from 'vitest';
import { deadline } from '../../../packages/core/src/host/github/attempts.ts';
import { comment } from '../../../packages/core/src/host/github/comment.ts';
import { commitStatus } from '../../../packages/core/src/host/github/commit-status.ts';
import { deployment } from '../../../packages/core/src/host/github/deployment.ts';
import type { Ending, FollowOptions, Subject, Teller } from '../../../packages/core/src/host/github/follow.ts';
import { repositoryOf } from '../../../packages/core/src/host/github/repository.ts';
import { tool } from '../tools/tool.ts';
import { type GitHubApi, type GitHubApiOptions, startGitHubApi } from './server.ts';

// Drayage's own code against GitHub's published description: what it sends, and what it understands of the answers.

const available = (await tool('npm')) !== undefined;

let api: GitHubApi;
let warnings: string[] = [];

async function serve(options: GitHubApiOptions = {}): Promise<void> {
  await api?.close();
  const started = await startGitHubApi(options);
  if (started === undefined) throw new Error('It was there a moment ago.');
  api = started;
  warnings = [];
}

afterEach(async () => {
  await api.close();
});

function options(more: Partial<FollowOptions> = {}, token = 'ghs_token'): FollowOptions {
  const repository = repositoryOf({ GITHUB_REPOSITORY: 'acme/shop', GITHUB_API_URL: api.url }, token);
  if (repository === undefined) throw new Error('The environment names a repository.');
  return {
    repository,
    runUrl: 'https://github.com/acme/shop/actions/runs/7/attempts/1',
    pullRequest: { number: 12, head: undefined, fork: undefined },
    fork: undefined,
    report: { warn: (message) => warnings.push(message) },
    redact: (text) => text,
    ...more,
  };
}

const sha = 'c'.repeat(40);
const production: Subject = {
  sha,
  environment: 'production',
  project: 'shop',
  services: ['web'],
  command: 'up',
  title: 'Fix the basket',
  dryRun: false,
};
const staging: Subject = { ...production, environment: 'staging' };
const done: Ending = {
  outcome: 'done',
  milliseconds: 12_300,
  failures: [],
  deployed: [{ service: 'web', image: 'registry/shop-web', digest: `sha256:${'d'.repeat(64)}`, nodes: ['node-1'] }],
  status: 'done',
  url: 'https://shop.example.com/',
  foreseen: [],
};
const failure = { code: 'DEPLOY_UNHEALTHY', message: 'web is not healthy.' } as const;
const failed: Ending = { ...done, outcome: 'failed', failures: [failure], deployed: [] };

/** Tells a whole run with a budget of its own. */
async function run(teller: Teller, subject: Subject, ending: Ending, milliseconds = 5000): Promise<void> {
  await teller.begin?.(deadline(milliseconds), subject);
  await teller.end(deadline(milliseconds), subject, ending);
}

const states = () => api.records.deployments.map(({ statuses }) => statuses.map(({ state }) => state)).reverse();
const problems = () => api.requests.flatMap((request) => request.problems);

describe.skipIf(!available)("GitHub's API", () => {
  it('takes the commit status', async () => {
    await serve();
    await run(commitStatus(options()), production, done);
    expect(api.records.statuses).toMatchObject([
      { sha, state: 'pending', context: 'drayage/production', target_url: expect.stringContaining('/runs/7/') },
      { sha, state: 'success', context: 'drayage/production', target_url: 'https://shop.example.com/' },
    ]);
    expect([problems(), warnings]).toEqual([[], []]);
  });

  it('takes a deployment from its beginning to its URL', async () => {
    await serve();
    await run(deployment(options()), production, done);
    expect(api.records.deployments).toMatchObject([
      {
        sha,
        environment: 'production',
        production_environment: true,
        transient_environment: false,
        description: 'Fix the basket',
        payload: { drayage: { project: 'shop', services: ['web'], command: 'up' } },
        statuses: [
          { state: 'in_progress', log_url: expect.stringContaining('/runs/7/'), environment_url: '' },
          { state: 'success', environment_url: 'https://shop.example.com/', description: 'Deployed in 12.3 s' },
        ],
      },
    ]);
    expect(api.requests[0]?.body).toMatchObject({ ref: sha, auto_merge: false, required_contexts: [] });
    expect([problems(), warnings]).toEqual([[], []]);
  });

  it.each([
    ['failed', 'failure', 'web is not healthy.'],
    ['cancelled', 'error', 'The deployment was cancelled'],
  ] as const)('takes a deployment that %s, and leaves the one before active', async (outcome, state, description) => {
    await serve();
    await run(deployment(options()), production, done);
    await run(deployment(options()), production, { ...failed, outcome });
    expect(states()).toEqual([
      ['in_progress', 'success'],
      ['in_progress', state],
    ]);
    expect(api.records.deployments[0]?.statuses.at(-1)).toMatchObject({ description, environment_url: '' });
    expect([problems(), warnings]).toEqual([[], []]);
  });

  it.each([production, staging])('makes the earlier deployment of $environment inactive', async (subject) => {
    await serve();
    await run(deployment(options()), subject, done);
    await run(deployment(options()), subject, failed);
    await run(deployment(options()), subject, done);
    expect(states()).toEqual([
      ['in_progress', 'success', 'inactive'],
      ['in_progress', 'failure'],
      ['in_progress', 'success'],
    ]);
    expect([problems(), warnings]).toEqual([[], []]);
  });

  it('makes one inactive whose runner was killed, and tells the end of a run in one request each', async () => {
    await serve();
    await deployment(options()).begin?.(deadline(5000), production);
    await run(deployment(options()), production, done);
    const now = deployment(options());
    await now.begin?.(deadline(5000), production);
    const before = api.requests.length;
    await now.end(deadline(5000), production, done);
    expect(states()).toEqual([
      ['in_progress', 'inactive'],
      ['in_progress', 'success', 'inactive'],
      ['in_progress', 'success'],
    ]);
    expect(api.requests.slice(before).map(({ method }) => method)).toEqual(['POST', 'POST']);
    expect([problems(), warnings]).toEqual([[], []]);
  });

  it('says when an earlier deployment could not be made inactive', async () => {
    await serve();
    await run(deployment(options()), production, done);
    const [earlier] = api.records.deployments;
    await serve({ trouble: ({ path }) => (path.endsWith(`/${earlier?.id}/statuses`) ? 502 : undefined) });
    api.records.deployments.push(...(earlier === undefined ? [] : [earlier]));
    await run(deployment(options()), production, done);
    expect(warnings).toEqual([
      expect.stringMatching(/^Earlier deployments may still look active: GitHub answered 502/),
    ]);
    expect(api.records.deployments[0]?.statuses.at(-1)?.state).toBe('success');
  });

  it('leaves what other services and environments run active', async () => {
    await serve();
    await run(deployment(options()), { ...staging, services: ['api'] }, done);
    await run(deployment(options()), production, done);
    await run(deployment(options()), staging, done);
    expect(states().map((each) => each.at(-1))).toEqual(['success', 'success', 'success']);
    await run(deployment(options()), { ...staging, services: ['web', 'api'] }, done);
    expect(states().map((each) => each.at(-1))).toEqual(['inactive', 'success', 'inactive', 'success']);
  });

  it('takes one comment and updates it in place', async () => {
    const by = (author: string, association: 'NONE' | 'MEMBER') => ({ author, type: 'User', association }) as const;
    const crowd = Array.from({ length: 150 }, (_, id) => ({
      id,
      issue: 12,
      body: `Comment ${id}`,
      ...by('alice', 'MEMBER'),
    }));
    const bait = { id: 1000, issue: 12, body: '<!-- drayage:shop:staging -->', ...by('eve', 'NONE') };
    await serve({ comments: [bait, ...crowd] });
    await run(comment(options()), staging, failed);
    await run(comment(options()), staging, done);
    await run(comment(options()), production, done);
    const own = api.records.comments.filter(({ type }) => type === 'Bot');
    expect(own.map(({ body }) => body.split('\n')[0])).toEqual([
      '<!-- drayage:shop:staging -->',
      '<!-- drayage:shop:production -->',
    ]);
    expect(own[0]?.body).toContain('**web: deployed** · `up` · 12.3 s · commit ccccccc');
    expect(own[0]?.body).not.toContain('not healthy');
    expect(api.records.comments.find(({ id }) => id === 1000)?.body).toBe('<!-- drayage:shop:staging -->');
    const writes = api.requests.filter(({ method }) => method !== 'GET').map(({ operation }) => operation);
    expect(writes).toEqual(['issues/create-comment', 'issues/update-comment', 'issues/create-comment']);
    expect([problems(), warnings]).toEqual([[], []]);
  });

  it.each([
    [commitStatus, 'The commit status was not set', 'statuses: write'],
    [deployment, 'The deployment was not told to GitHub', 'deployments: write'],
    [comment, 'The pull request was not commented on', 'pull-requests: write'],
  ] as const)('refuses %o without its permission, and the line to add is named once', async (make, what, line) => {
    await serve({ mayWrite: [] });
    await run(make(options()), production, done);
    expect(warnings).toEqual([`${what}: GitHub refused it (403). The token needs \`permissions: ${line}\`.`]);
    const fork = 'eve/shop';
    await run(make(options({ fork })), production, done);
    expect(warnings[1]).toBe(
      `${what}: GitHub refused it (403). The pull request comes from the fork eve/shop, whose token can only read, whatever \`permissions\` says.`,
    );
    expect(problems()).toEqual([]);
  });

  it('refuses a token it does not know', async () => {
    await serve({ token: 'ghs_other' });
    await run(deployment(options()), production, done);
    expect(warnings).toEqual([
      'The deployment was not told to GitHub: GitHub does not know the token (401): it is wrong, or has expired.',
    ]);
  });

  it.each([404, 422, 500, 502, 503])('answers %i, and that is one warning for each thing to tell', async (status) => {
    await serve({ trouble: () => status });
    await Promise.all([commitStatus, deployment, comment].map((make) => run(make(options()), production, done)));
    expect(warnings).toHaveLength(3);
    for (const warning of warnings) expect(warning).toContain(String(status));
  });

  it('never answers, and nobody waits longer than was agreed', async () => {
    await serve({ trouble: () => 'silence' });
    const startedAt = performance.now();
    await Promise.all(
      [commitStatus, deployment, comment].map((make) => make(options()).end(deadline(400), production, done)),
    );
    expect(performance.now() - startedAt).toBeLessThan(1000);
    expect(warnings.sort()).toEqual([
      'The commit status was not set: GitHub did not answer within 0.4 s.',
      'The deployment was not told to GitHub: GitHub did not answer within 0.4 s.',
      'The pull request was not commented on: GitHub did not answer within 0.4 s.',
    ]);
  });

  it('would not have taken what its description does not allow', async () => {
    await serve();
    const repository = `${api.url}/repos/acme/shop`;
    const post = (path: string, body: object) =>
      fetch(`${repository}${path}`, { method: 'POST', body: JSON.stringify(body) }).then(({ status }) => status);
    expect(await post(`/statuses/${sha}`, { state: 'done' })).toBe(422);
    expect(await post('/deployments', { environment: 'production' })).toBe(422);
    expect(await post('/deployments', { ref: sha, auto_merge: 'no' })).toBe(422);
    expect(await post('/deployments', { ref: sha, enviroment: 'production' })).toBe(422);
    expect(await post('/deployment', { ref: sha })).toBe(404);
    expect(await fetch(`${repository}/deployments?per_page=many`).then(({ status }) => status)).toBe(422);
    expect(api.records.deployments).toEqual([]);
    expect(api.requests.map((request) => request.problems.length > 0)).toEqual([true, true, true, true, true, true]);
  });
});
