import { describe, expect, it } from 'vitest';
import { diagnoseGit, readRefs } from '../../../packages/core/src/build/sources/git-server.ts';

const [a, b, c] = ['a', 'b', 'c'].map((digit) => digit.repeat(40));
const source = { kind: 'git', url: 'https://git.example.com/shop.git', path: '/' } as const;

describe('readRefs', () => {
  it.each([
    ['main', `${a}\trefs/heads/main\n`, { sha: a, branch: 'main' }],
    ['v1', `${a}\trefs/tags/v1\n${b}\trefs/tags/v1^{}\n`, { sha: b, tag: 'v1' }],
    ['v1', `${a}\trefs/tags/v1\n`, { sha: a, tag: 'v1' }],
    ['both', `${a}\trefs/heads/both\n${b}\trefs/tags/both\n`, { sha: a, branch: 'both' }],
    ['HEAD', `ref: refs/heads/trunk\tHEAD\n${c}\tHEAD\n`, { sha: c, branch: 'trunk' }],
    ['refs/pull/7/head', `${c}\trefs/pull/7/head\n`, { sha: c }],
    ['main', `Warning: Permanently added 'x' (ED25519).\n${a}\trefs/heads/main\n`, { sha: a, branch: 'main' }],
    ['nope', '', undefined],
  ])('finds %s', (ref, output, expected) => {
    expect(readRefs(output, ref)).toEqual(expected);
  });
});

describe('diagnoseGit', () => {
  it.each([
    ["fatal: Authentication failed for 'https://git.example.com/shop.git/'", 'GIT_ACCESS_DENIED'],
    ["fatal: could not read Username for 'https://git.example.com': terminal prompts disabled", 'GIT_ACCESS_DENIED'],
    ['remote: Repository not found.', 'GIT_ACCESS_DENIED'],
    ['git@github.com: Permission denied (publickey).', 'GIT_ACCESS_DENIED'],
    ['Host key verification failed.', 'GIT_FETCH_FAILED'],
    ['fatal: remote error: upload-pack: not our ref ffff', 'GIT_REF_NOT_FOUND'],
    ['@drayage no-commit', 'GIT_REF_NOT_FOUND'],
    ['fatal: unable to access: Could not resolve host: git.example.com', 'GIT_FETCH_FAILED'],
    ['@drayage missing git', 'GIT_MISSING'],
    ['fatal: write error: No space left on device', 'DISK_FULL'],
  ])('takes %j for %s', (log, code) => {
    expect(diagnoseGit(log, source, 'builder', 'commit ffff')).toMatchObject({ code });
  });

  it('says which server could not fetch what from where', () => {
    const error = diagnoseGit(
      'fatal: unable to access: Could not resolve host: git.example.com',
      source,
      'builder',
      'main',
    );
    expect(error.message).toBe(
      'builder cannot fetch main from https://git.example.com/shop.git: fatal: unable to access: Could not resolve host: git.example.com.',
    );
  });
});
