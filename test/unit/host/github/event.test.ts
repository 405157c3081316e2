import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pullRequestOf, readPullRequest, shownCommit } from '../../../../packages/core/src/host/github/event.ts';

const from = (repository: string | null) => ({
  pull_request: {
    number: 12,
    head: { sha: 'a'.repeat(40), repo: repository === null ? null : { full_name: repository } },
    base: { sha: 'b'.repeat(40), repo: { full_name: 'acme/shop' } },
  },
});

describe('the event', () => {
  it('names the pull request and its newest commit', () => {
    expect(readPullRequest(from('acme/shop'))).toEqual({ number: 12, head: 'a'.repeat(40), fork: undefined });
  });

  it('tells a fork, also one that was deleted', () => {
    expect(readPullRequest(from('eve/shop'))?.fork).toBe('eve/shop');
    expect(readPullRequest(from(null))?.fork).toBe('that was deleted');
  });

  it.each([undefined, null, 'text', {}, { pull_request: {} }, { pull_request: { number: '12' } }])(
    'holds no pull request in %j',
    (payload) => {
      expect(readPullRequest(payload)).toBeUndefined();
    },
  );

  it('is read from its file, for pull requests alone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'drayage-event-'));
    try {
      const path = join(folder, 'event.json');
      writeFileSync(path, JSON.stringify(from('acme/shop')));
      const env = { GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: path };
      expect((await pullRequestOf(env))?.number).toBe(12);
      expect(await pullRequestOf({ ...env, GITHUB_EVENT_NAME: 'push' })).toBeUndefined();
      expect(await pullRequestOf({ ...env, GITHUB_EVENT_PATH: join(folder, 'missing') })).toBeUndefined();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('shows a run beside the commit of the pull request, not beside the merge that was checked out', () => {
    const merge = 'c'.repeat(40);
    const request = readPullRequest(from('acme/shop'));
    expect(shownCommit(merge, { GITHUB_SHA: merge }, request)).toBe('a'.repeat(40));
    expect(shownCommit('d'.repeat(40), { GITHUB_SHA: merge }, request)).toBe('d'.repeat(40));
    expect(shownCommit(merge, { GITHUB_SHA: merge }, undefined)).toBe(merge);
  });
});
