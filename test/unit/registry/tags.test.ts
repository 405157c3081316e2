import { describe, expect, it } from 'vitest';
import { expandTags, toTag } from '../../../packages/core/src/registry/tags.ts';

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
