import { describe, expect, it } from 'vitest';
import { median, table, tellVerdicts } from '../../bench/figures.ts';

describe('median', () => {
  it.each([
    [[3], 3],
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[10, 9, 100], 10],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('of nothing is not a number', () => {
    expect(median([])).toBeNaN();
  });
});

it('a table aligns its columns', () => {
  const rows = [
    ['0 ms', '1.20 s'],
    ['100 ms', '12.00 s'],
  ];
  expect(table(['round trip', 'time'], rows)).toBe(
    ['round trip     time', '──────────  ───────', '0 ms         1.20 s', '100 ms      12.00 s'].join('\n'),
  );
});

it('verdicts say what was reached and what was missed', () => {
  const lines = tellVerdicts([
    { name: 'turns', value: 26, limit: 26, unit: '' },
    { name: 'memory', value: 151.5, limit: 150, unit: 'MB' },
  ]).split('\n');
  expect(lines[2]).toMatch(/^turns +26 +26 +reached$/);
  expect(lines[3]).toMatch(/^memory +151.5 MB +150 MB +MISSED$/);
});
