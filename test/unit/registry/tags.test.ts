import { describe, expect, it } from 'vitest';
import { expandTags, isImmutable, movingTags, toTag } from '../../../packages/core/src/registry/tags.ts';

const sha = '0123456789abcdef0123456789abcdef01234567';

describe('toTag', () => {
  it.each([
    ['feature/Login form', 'feature-Login-form'],
    ['..hidden', 'hidden'],
    ['-x', 'x'],
    ['v1.2+build.5', 'v1.2-build.5'],
    ['x'.repeat(200), 'x'.repeat(128)],
  ])('writes %s as %s', (text, expected) => {
    expect(toTag(text)).toBe(expected);
  });

  it('gives nothing for text without a usable character', () => {
    expect(toTag('--')).toBeUndefined();
  });
});

describe('expandTags', () => {
  it.each([
    [['sha', 'branch', 'latest'], { sha, branch: 'main' }, ['0123456789ab', 'main', 'latest']],
    [['semver'], { tag: 'v1.2.3' }, ['1.2.3', '1.2', '1']],
    [['semver'], { tag: 'v1.2.3-rc.1' }, ['1.2.3-rc.1']],
    [['semver'], { tag: '0.4.1' }, ['0.4.1', '0.4']],
    [['semver', 'sha'], { tag: 'nightly', sha }, ['0123456789ab']],
    [['1.0', 'latest', 'latest'], {}, ['1.0', 'latest']],
    [['sha', 'branch'], {}, ['fallback']],
    [[], {}, ['fallback']],
  ])('expands %j for %j', (entries, facts, expected) => {
    expect(expandTags(entries, facts, 'fallback')).toEqual(expected);
  });
});

describe('a tag that stands for one image for good', () => {
  it.each(['1.2.3', 'v1.2.3', '1.2.3-rc.1', '1.27.3-alpine', '0123456789ab', sha, 'main-0123456', '0123456'])(
    'is %s',
    (tag) => {
      expect(isImmutable(tag, sha)).toBe(true);
    },
  );

  it.each(['latest', 'main', '1.2', '1', 'v1.2', '1.2.x', 'stable', 'tree-0123456789ab', 'feature-12', ''])(
    'is not %s',
    (tag) => {
      expect(isImmutable(tag, 'fedcba9876543210')).toBe(false);
    },
  );

  it('is known by the form of the short commit where the commit is not', () => {
    expect(isImmutable('0123456789ab', undefined)).toBe(true);
    expect(isImmutable('202611281005', undefined)).toBe(false);
  });
});

it('knows the tags that move in a way nobody can tell', () => {
  expect(movingTags(['1.2.3', '1.2', 'v1', 'latest', 'feature-Login', '0123456789ab'], sha)).toEqual([
    'latest',
    'feature-Login',
  ]);
});

it('maps what references stand for, where no tag may hold it', () => {
  expect(expandTags(['feature/Login form-0123456', 'v1.2.3+build.5'], { sha }, 'x')).toEqual([
    'feature-Login-form-0123456',
    'v1.2.3-build.5',
  ]);
});
