import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, formatSize, parseDuration, parseSize } from '../../../packages/core/src/config/quantities.ts';

describe('parseDuration', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['1h30m', 5_400_000],
    ['1d', 86_400_000],
    ['0', 0],
    ['0s', 0],
    ['2m500ms', 120_500],
  ])('reads %s', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(['', '30', '-5s', '1.5s', '30 s', '1m1h', '1s1s', 's', '30S', '1w', '9999999999999d'])(
    'refuses "%s"',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it('reads back what formatDuration writes', () => {
    expect(formatDuration(5_400_000)).toBe('1h30m');
    expect(formatDuration(0)).toBe('0s');
    fc.assert(fc.property(fc.nat(1e12), (total) => parseDuration(formatDuration(total)) === total));
  });
});

describe('parseSize', () => {
  it.each([
    ['512m', 536_870_912],
    ['8g', 8_589_934_592],
    ['1.5GB', 1_610_612_736],
    ['64k', 65_536],
    ['1GiB', 1_073_741_824],
    ['1048576', 1_048_576],
    ['100b', 100],
    ['2T', 2_199_023_255_552],
  ])('reads %s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', 'm', '-1m', '512mm', '1e3', '5x', '1,5g', '9999999t'])('refuses "%s"', (text) => {
    expect(parseSize(text)).toBeUndefined();
  });

  it('reads back what formatSize writes', () => {
    expect(formatSize(536_870_912)).toBe('512m');
    expect(formatSize(1000)).toBe('1000b');
    fc.assert(fc.property(fc.nat(), (bytes) => parseSize(formatSize(bytes)) === bytes));
  });
});
