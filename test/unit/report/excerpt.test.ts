import { describe, expect, it } from 'vitest';
import { excerpt } from '../../../packages/core/src/report/excerpt.ts';

const text = 'project: shop\nservices:\n  web:\n    replica: 2\n';

describe('excerpt', () => {
  it('shows the line, the one above it and a caret under the column', () => {
    expect(excerpt(text, { file: 'drayage.yml', line: 4, column: 5 })).toBe(
      ['drayage.yml:4:5', '  3 |   web:', '  4 |     replica: 2', '    |     ^'].join('\n'),
    );
  });

  it('shows the first line without one above it', () => {
    expect(excerpt(text, { file: 'drayage.yml', line: 1, column: 10 })).toBe(
      ['drayage.yml:1:10', '  1 | project: shop', '    |          ^'].join('\n'),
    );
  });

  it('keeps tabs, so that the caret stands where the line has it', () => {
    expect(excerpt('\ta: b', { file: 'f', line: 1, column: 5 })).toBe(
      ['f:1:5', '  1 | \ta: b', '    | \t   ^'].join('\n'),
    );
  });

  it('cuts long lines around the place', () => {
    const long = `${'x'.repeat(300)}HERE${'y'.repeat(300)}`;
    const lines = excerpt(long, { file: 'f', line: 1, column: 301 }).split('\n');
    expect(lines[1]?.length).toBeLessThan(120);
    const caret = lines[2]?.indexOf('^') ?? -1;
    expect(lines[1]?.slice(caret, caret + 4)).toBe('HERE');
  });

  it('shows only the place when there is no such line', () => {
    expect(excerpt(text, { file: 'drayage.yml', line: 40, column: 1 })).toBe('drayage.yml:40:1');
    expect(excerpt(text, { file: 'drayage.yml' })).toBe('drayage.yml');
  });
});
