import { describe, expect, it } from 'vitest';
import { repositoryOf, wantedCommit } from '../../../packages/core/src/build/sources/checkout.ts';

const sha = '0123456789abcdef0123456789abcdef01234567';
const source = (url: string, ref?: string) => ({ kind: 'git', url, ref, path: '/' }) as const;
const git = { sha, branch: 'main', tag: 'v1', remote: 'git@github.com:acme/shop.git' };

it.each([
  ['https://github.com/acme/shop.git', 'github.com/acme/shop'],
  ['https://user@github.com/acme/shop', 'github.com/acme/shop'],
  ['git@github.com:acme/shop.git', 'github.com/acme/shop'],
  ['ssh://git@github.com:22/acme/shop.git/', 'github.com/acme/shop'],
  ['https://GitHub.com/Acme/shop.git', 'github.com/acme/shop'],
  ['https://gitlab.example.com:8443/group/sub/shop.git', 'gitlab.example.com/group/sub/shop'],
  ['file:///srv/git/shop.git', '/srv/git/shop'],
  ['/srv/git/shop.git', '/srv/git/shop'],
])('names the repository of %s %s', (url, expected) => {
  expect(repositoryOf(url)).toBe(expected);
});

describe('wantedCommit', () => {
  it.each([
    [
      "this checkout's own repository",
      source('https://github.com/acme/shop'),
      { kind: 'commit', sha, branch: 'main', tag: 'v1' },
    ],
    [
      'its branch by name',
      source('https://github.com/acme/shop', 'main'),
      { kind: 'commit', sha, branch: 'main', tag: 'v1' },
    ],
    ['another branch', source('https://github.com/acme/shop', 'release'), { kind: 'ref', ref: 'release' }],
    ['another repository', source('https://github.com/acme/other'), { kind: 'ref', ref: 'HEAD' }],
    ['another host', source('https://github.com.example/acme/shop'), { kind: 'ref', ref: 'HEAD' }],
    [
      'an exact commit',
      source('https://github.com/acme/other', 'f'.repeat(40)),
      { kind: 'commit', sha: 'f'.repeat(40) },
    ],
    ['a short commit', source('https://github.com/acme/other', 'fffffff'), { kind: 'ref', ref: 'fffffff' }],
  ])('of %s', (_, given, expected) => {
    expect(wantedCommit(given, git)).toEqual(expected);
  });

  it('asks the git server when this checkout has no commit', () => {
    expect(wantedCommit(source('https://github.com/acme/shop'), {})).toEqual({ kind: 'ref', ref: 'HEAD' });
  });
});
