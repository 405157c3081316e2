import { describe, expect, it } from 'vitest';
import { checkoutOf, withoutCredentials } from '../../../packages/core/src/host/git-facts.ts';
import { secretsOf } from '../../../packages/core/src/host/input/secrets.ts';
import { platformOf } from '../../../packages/core/src/host/platform.ts';
import { runIdentity } from '../../../packages/core/src/host/run-identity.ts';

describe('platformOf', () => {
  it.each([
    [{ GITHUB_ACTIONS: 'true' }, 'github'],
    [{ GITLAB_CI: 'true' }, 'gitlab'],
    [{ BITBUCKET_BUILD_NUMBER: '3' }, 'bitbucket'],
    [{ CI: 'true' }, 'terminal'],
    [{ GITHUB_ACTIONS: 'false', BITBUCKET_BUILD_NUMBER: '' }, 'terminal'],
  ])('%j is %s', (env, platform) => {
    expect(platformOf(env)).toBe(platform);
  });
});

describe('runIdentity', () => {
  it.each([
    [
      {
        GITHUB_ACTIONS: 'true',
        GITHUB_REPOSITORY: 'acme/shop',
        GITHUB_RUN_ID: '99',
        GITHUB_RUN_NUMBER: '42',
        GITHUB_RUN_ATTEMPT: '2',
        GITHUB_TRIGGERING_ACTOR: 'alice',
      },
      {
        id: 'gh-99-2-abc',
        who: 'GitHub run 42 by alice',
        url: 'https://github.com/acme/shop/actions/runs/99/attempts/2',
      },
    ],
    [
      { GITLAB_CI: 'true', CI_PIPELINE_ID: '7', CI_JOB_ID: '8', CI_PIPELINE_IID: '3', CI_JOB_URL: 'https://gl/8' },
      { id: 'gl-7-8-abc', who: 'GitLab pipeline 3', url: 'https://gl/8' },
    ],
    [
      { BITBUCKET_BUILD_NUMBER: '5', BITBUCKET_REPO_FULL_NAME: 'acme/shop' },
      { id: 'bb-5-abc', who: 'Bitbucket pipeline 5', url: 'https://bitbucket.org/acme/shop/pipelines/results/5' },
    ],
  ])('reads %j', (env, identity) => {
    expect(runIdentity(env, 'abc')).toEqual(identity);
  });

  it('names jobs and locks: letters, digits and hyphens only', () => {
    expect(runIdentity({ GITHUB_ACTIONS: 'true', GITHUB_RUN_ID: "1'; rm" }).id).toMatch(/^gh-1-rm-1-[0-9a-f]{6}$/);
    expect(runIdentity({}).id).toMatch(/^cli-[0-9a-f]{6}-[0-9a-z]+$/);
  });
});

describe('checkoutOf', () => {
  const log = (decorations: string) => `${'c'.repeat(40)}\n${decorations}\n2026-11-21T12:00:00+01:00\nFix: a, b\n`;

  it('reads commit, branch, tag, date and subject', () => {
    expect(checkoutOf(log('HEAD -> main, tag: v1.2.3, origin/main'), {})).toEqual({
      sha: 'c'.repeat(40),
      short: 'ccccccc',
      branch: 'main',
      tag: 'v1.2.3',
      committedAt: '2026-11-21T12:00:00+01:00',
      subject: 'Fix: a, b',
    });
  });

  it.each([
    [
      'a pull request',
      { GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: '7/merge', GITHUB_HEAD_REF: 'fix' },
      'fix',
      undefined,
    ],
    ['a push', { GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: 'main' }, 'main', undefined],
    ['a tag', { GITHUB_REF_TYPE: 'tag', GITHUB_REF_NAME: 'v2' }, undefined, 'v2'],
    ['a GitLab branch', { CI_COMMIT_BRANCH: 'main' }, 'main', undefined],
    ['a GitLab tag', { CI_COMMIT_TAG: 'v2' }, undefined, 'v2'],
    ['a Bitbucket branch', { BITBUCKET_BRANCH: 'main' }, 'main', undefined],
  ])('asks the CI what a detached checkout does not know: %s', (_what, env, branch, tag) => {
    expect(checkoutOf(log('HEAD'), env)).toMatchObject({ branch, tag });
  });

  it('takes the commit of the CI where git is absent', () => {
    expect(checkoutOf('', { CI_COMMIT_SHA: 'd'.repeat(40) })).toMatchObject({ sha: 'd'.repeat(40), short: 'ddddddd' });
    expect(checkoutOf('', {}).sha).toBeUndefined();
  });
});

describe('withoutCredentials', () => {
  it.each([
    ['https://gitlab-ci-token:glcbt-64_x@gitlab.com/acme/shop.git', 'https://gitlab.com/acme/shop.git'],
    ['https://github.com/acme/shop', 'https://github.com/acme/shop'],
    ['git@github.com:acme/shop.git', 'git@github.com:acme/shop.git'],
    ['ssh://git@github.com/acme/shop', 'ssh://git@github.com/acme/shop'],
    ['', undefined],
  ])('%s is %s', (url, clean) => {
    expect(withoutCredentials(url)).toBe(clean);
  });
});

describe('secretsOf', () => {
  it('takes DRAYAGE_SECRET_ variables that hold something', () => {
    expect(secretsOf({ DRAYAGE_SECRET_A: ' x ', DRAYAGE_SECRET_B: '', DRAYAGE_SECRETS: 'A=1' })).toEqual({ A: ' x ' });
  });
});
