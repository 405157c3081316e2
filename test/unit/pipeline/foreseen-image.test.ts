import { describe, expect, it } from 'vitest';
import { imageChange, type LastBuild, standing } from '../../../packages/core/src/pipeline/foreseen-image.ts';
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

describe('what the last builds say', () => {
  const [image, index] = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`];
  const running = `registry.example.com/web@${index}`;
  const build = (record: Partial<LastBuild['record']> = {}): LastBuild => ({
    record: { imageId: image, pushed: index, last: def, inputs: 'same', ...record },
    inputs: 'same',
  });
  const next = { commit: def, isExact: true };
  const line = (builds: readonly LastBuild[], commit = abc) => {
    const change = imageChange(commit, next, standing(builds, next, running));
    return change === undefined ? '' : formatChange(change);
  };

  it('is that the running image is the one of this commit', () => {
    expect(line([build()])).toBe('');
    expect(line([build(), build()])).toBe('');
  });

  it('is nothing where one of them is of another commit, of another image or unknown', () => {
    const otherwise = '~ image: built from commit abc1234 → def5678';
    expect(line([build(), build({ last: abc })])).toBe(otherwise);
    expect(line([build(), build({ pushed: image })])).toBe(otherwise);
    expect(line([build(), { ...build(), record: undefined }])).toBe(otherwise);
    expect(line([])).toBe(otherwise);
  });

  it('is that other settings give another image, though the commit is the same', () => {
    const anew = '→ def5678, built with other settings';
    expect(line([build({ inputs: 'other' })], def)).toBe(`~ image: built from commit def5678 ${anew}`);
    expect(line([build(), build({ inputs: 'other' })], def)).toBe(`~ image: built from commit def5678 ${anew}`);
    expect(line([build({ inputs: 'other' })])).toBe(`~ image: built from commit abc1234 ${anew}`);
  });

  it('is nothing of settings that were not noted, or went into an image that does not run', () => {
    expect(line([build({ inputs: undefined })], def)).toBe('');
    expect(line([build({ inputs: 'other', pushed: image })], def)).toBe('');
  });
});
