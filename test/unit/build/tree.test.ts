import { describe, expect, it } from 'vitest';
import {
  difference,
  type Entry,
  entry,
  manifestLine,
  pathColumn,
  treeOf,
} from '../../../packages/core/src/build/sources/tree.ts';

const file = (path: string, content = 'a'.repeat(64), mode = 0o100644): Entry =>
  entry({ path, mode, kind: 'file', content, size: 1 });

describe('a tree', () => {
  it('has the same root whatever the order its entries were read in', () => {
    expect(treeOf([file('a'), file('b')]).root).toBe(treeOf([file('b'), file('a')]).root);
  });

  it.each([
    ['content', file('a', 'b'.repeat(64))],
    ['permissions', file('a', undefined, 0o100755)],
    ['the name', file('b')],
  ])('has another root when %s changes', (_, changed) => {
    expect(treeOf([changed]).root).not.toBe(treeOf([file('a')]).root);
  });

  it('writes lines whose path begins at a fixed column', () => {
    const line = manifestLine(file('with blank', undefined, 0o40755));
    expect(line.slice(pathColumn - 1)).toBe('with blank\n');
    expect(line.slice(13, 19)).toBe('040755');
  });
});

describe('difference', () => {
  const ours = treeOf([file('same'), file('changed', 'b'.repeat(64)), file('new')]);
  const theirs = [file('same'), file('changed'), file('gone')];

  it('finds what to add and what to remove from the groups that differ', () => {
    const groups = ours.entries.map(({ key }) => key.slice(0, 2));
    const { add, remove } = difference(ours, [...theirs.map(({ key }) => key), ...groups]);
    expect(add.map(({ path }) => path).sort()).toEqual(['changed', 'new']);
    expect([...remove].sort()).toEqual([theirs[1]?.key, theirs[2]?.key].sort());
  });

  it('leaves alone the groups that the server did not name', () => {
    expect(difference(ours, [])).toEqual({ add: [], remove: [] });
  });

  it('adds a whole group that the server has not', () => {
    const [first] = ours.entries;
    expect(difference(ours, [first?.key.slice(0, 2) ?? '']).add).toContain(first);
  });
});
