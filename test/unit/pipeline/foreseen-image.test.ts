import { describe, expect, it } from 'vitest';
import { imageChange } from '../../../packages/core/src/pipeline/foreseen-image.ts';
import { formatChange } from '../../../packages/core/src/service/diff.ts';

const [abc, def] = ['abc1234'.padEnd(40, '0'), 'def5678'.padEnd(40, '0')];

describe('the image of a dry run', () => {
  it('stays where it was built from this very commit', () => {
    expect(imageChange(abc, { commit: abc, isExact: true })).toBeUndefined();
  });

  it.each([
    [abc, { commit: def, isExact: true }, '~ image: built from commit abc1234 → def5678'],
    [abc, { commit: abc, isExact: false }, '~ image: built from commit abc1234 → abc1234, with changes'],
    [abc, { isExact: false }, '~ image: built from commit abc1234 → files that no commit names'],
    [undefined, { commit: def, isExact: true }, '~ image: built from files that no commit names → def5678'],
    // Nothing says that they are the same files.
    [undefined, { isExact: false }, '~ image: built from files that no commit names → files that no commit names'],
  ])('is replaced: %s by %j', (running, next, line) => {
    const change = imageChange(running, next);
    expect(change === undefined ? '' : formatChange(change)).toBe(line);
  });
});
