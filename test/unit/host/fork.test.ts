import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { emptySecrets, forkOf, withheld } from '../../../packages/core/src/host/fork.ts';

const folder = mkdtempSync(join(tmpdir(), 'drayage-fork-'));
afterAll(() => rmSync(folder, { recursive: true }));

const repo = (name: string) => ({ repo: { full_name: name } });

let events = 0;

/** GitHub's environment for an event. */
function github(event: unknown, name = 'pull_request') {
  const file = join(folder, `event-${++events}.json`);
  writeFileSync(file, typeof event === 'string' ? event : JSON.stringify(event));
  const names = { GITHUB_REPOSITORY: 'acme/shop', GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: file };
  return { GITHUB_ACTIONS: 'true', ...names };
}

const gitlab = (source: string) => ({
  GITLAB_CI: 'true',
  CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: source,
  CI_MERGE_REQUEST_PROJECT_PATH: 'acme/shop',
});

describe('forkOf', () => {
  const fromFork = { pull_request: { head: repo('eve/shop'), base: repo('acme/shop') } };

  it.each([
    ['a pull request of a fork', github(fromFork), 'eve/shop'],
    [
      'one of the repository',
      github({ pull_request: { head: repo('acme/shop'), base: repo('acme/shop') } }),
      undefined,
    ],
    ['one whose fork is gone', github({ pull_request: { head: { repo: null } } }), 'that is deleted now'],
    ['one that runs with the secrets', github(fromFork, 'pull_request_target'), undefined],
    ['a push', github({ ref: 'refs/heads/main' }, 'push'), undefined],
    ['an event that cannot be read', github('{'), undefined],
    ['a merge request of a fork', gitlab('eve/shop'), 'eve/shop'],
    ['one of the project', gitlab('acme/shop'), undefined],
    ['a GitLab pipeline of a branch', { GITLAB_CI: 'true' }, undefined],
    ['a laptop', {}, undefined],
  ])('%s', (_what, env, fork) => {
    expect(forkOf(env)).toBe(fork);
  });
});

describe('withheld', () => {
  it('says what is missing, and why', () => {
    const error = withheld(gitlab('eve/shop'), ['the SSH key', 'A', 'B']);
    expect(error?.message).toBe(
      'This pull request comes from the fork eve/shop, and GitLab gives such a run no secrets: the SSH key, A and B are missing. Nothing was done.',
    );
    expect(error?.exitStatus).toBe(64);
  });

  it('is nothing where nothing is missing, and in any other run', () => {
    expect(withheld(gitlab('eve/shop'), [])).toBeUndefined();
    expect(withheld(gitlab('acme/shop'), ['A'])).toBeUndefined();
  });
});

describe('emptySecrets', () => {
  it('are those that are named without a value', () => {
    const env = { DRAYAGE_SECRET_A: '', DRAYAGE_SECRET_B: 'b', OTHER: '' };
    expect(emptySecrets('C=\nD=d\nE<<END\nEND', env).sort()).toEqual(['A', 'C', 'E']);
    expect(emptySecrets('no secrets at all', {})).toEqual([]);
  });
});
