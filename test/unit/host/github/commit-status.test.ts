import { describe, expect, it } from 'vitest';
import { deadline } from '../../../../packages/core/src/host/github/attempts.ts';
import { commitStatus } from '../../../../packages/core/src/host/github/commit-status.ts';
import { followRun } from '../../../../packages/core/src/host/github/follow.ts';
import { done, failed, listen, sha, subject } from './listening.ts';

const soon = () => deadline(5000);
const created = () => [201, { id: 1 }] as const;

describe('the commit status', () => {
  it('is set for the environment', async () => {
    await using github = await listen(created);
    const environment = 'x'.repeat(200);
    await commitStatus(github.options).end(soon(), { ...subject, environment }, done);
    expect(github.asked).toEqual([
      {
        method: 'POST',
        path: `/repos/acme/shop/statuses/${sha}`,
        authorization: 'token ghs_secret',
        body: {
          state: 'success',
          context: `drayage/${environment}`,
          description: `Deployed to ${'x'.repeat(127)}…`,
          target_url: 'https://shop.example.com/',
        },
      },
    ]);
    expect(github.warnings).toEqual([]);
  });

  it('names the permission that is missing once, asks no more, and fails nothing', async () => {
    await using github = await listen(() => [403, { message: 'Resource not accessible by integration' }]);
    const status = commitStatus(github.options);
    await status.begin?.(soon(), subject);
    await status.end(soon(), subject, done);
    expect(github.warnings).toEqual([
      'The commit status was not set: GitHub refused it (403). The token needs `permissions: statuses: write`.',
    ]);
    expect(github.asked).toHaveLength(1);
  });

  it('warns of nothing that was put right in the end', async () => {
    let count = 0;
    await using github = await listen(() => (++count === 1 ? [502] : [201, { id: 1 }]));
    const status = commitStatus(github.options);
    await status.begin?.(soon(), subject);
    await status.end(soon(), subject, done);
    expect([github.asked.length, github.warnings]).toEqual([2, []]);
  });

  it('fails nothing where GitHub cannot be reached', async () => {
    await using github = await listen(created);
    await github.stop();
    await commitStatus(github.options).end(soon(), subject, done);
    expect(github.warnings).toEqual([
      expect.stringMatching(/^The commit status was not set: GitHub could not be reached \(.*ECONNREFUSED.*\)\.$/),
    ]);
  });
});

describe('followRun', () => {
  const about = async () => subject;

  it('says nothing of a beginning when the run is over at once', async () => {
    await using github = await listen(created);
    await followRun(github.options.report, [commitStatus(github.options)], about).end(done);
    expect(github.asked.map(({ body }) => (body as { state: string }).state)).toEqual(['success']);
  });

  it('says pending first when the run takes longer', async () => {
    await using github = await listen(created);
    const run = followRun(github.options.report, [commitStatus(github.options)], about);
    await new Promise((resolve) => setTimeout(resolve, 600));
    await run.end(failed);
    expect(github.asked.map(({ body }) => (body as { state: string }).state)).toEqual(['pending', 'failure']);
  });

  it('says nothing where there is no commit', async () => {
    await using github = await listen(created);
    await followRun(github.options.report, [commitStatus(github.options)], async () => undefined).end(done);
    expect(github.asked).toEqual([]);
  });

  it.each([
    ['done', done, 300],
    ['cancelled', { ...done, outcome: 'cancelled' as const }, 100],
  ])('waits no longer than its patience for a server that never answers (%s)', async (_, ending, patience) => {
    await using github = await listen(() => undefined);
    const times = { start: 0, meanwhile: 10_000, end: 300, cancelled: 100 };
    // The client is loaded before, as it is in a run of some seconds.
    await github.options.repository.client();
    const run = followRun(github.options.report, [commitStatus(github.options)], about, times);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const endedAt = performance.now();
    await run.end(ending);
    const waited = performance.now() - endedAt;
    expect(waited).toBeGreaterThan(patience * 0.9);
    expect(waited).toBeLessThan(patience + 250);
    expect(github.warnings).toEqual([
      `The commit status was not set: GitHub did not answer within ${patience / 1000} s.`,
    ]);
  });

  it('is a warning and no failure when what is to be told cannot be made out', async () => {
    await using github = await listen(created);
    const broken = () => Promise.reject(new Error('no git here'));
    await followRun(github.options.report, [commitStatus(github.options)], broken).end(done);
    expect(github.warnings).toEqual(['GitHub was not told of this run: no git here']);
  });
});
