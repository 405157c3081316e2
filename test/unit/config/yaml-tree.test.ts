import { describe, expect, it } from 'vitest';
import { nodeAt, type Path } from '../../../packages/core/src/config/tree.ts';
import { parseYaml } from '../../../packages/core/src/config/yaml-tree.ts';

const parse = (text: string) => parseYaml(text, 'drayage.yml');
const failures = (text: string) =>
  parse(text).errors.map((error) => `${error.at?.line}:${error.at?.column} ${error.code} ${error.message}`);
const textAt = (text: string, ...path: Path) => {
  const { tree, errors } = parse(text);
  expect(errors).toEqual([]);
  const node = nodeAt(tree, path);
  return node?.kind === 'leaf' ? node.text : node?.kind;
};

describe('parseYaml', () => {
  it('knows the place of every key and value', () => {
    const { tree } = parse('a:\n  b: [1, { c: x }]\n');
    expect(tree.entries.get('a')?.key).toEqual({ file: 'drayage.yml', line: 1, column: 1 });
    expect(nodeAt(tree, ['a', 'b', 1, 'c'])?.at).toEqual({ file: 'drayage.yml', line: 2, column: 15 });
  });

  it.each([
    ['1.10', '1.10'],
    ['0x1F', '0x1F'],
    ['1e3', '1e3'],
    ['yes', 'yes'],
    ['22:22', '22:22'],
    ['"true"', 'true'],
    ['"a\\nb"', 'a\nb'],
    ["'it''s'", "it's"],
    ['""', ''],
    ['"null"', 'null'],
    ['~', null],
    ['null', null],
    ['', null],
  ])('reads the value %j as the text that was written', (written, text) => {
    expect(textAt(`a: ${written}\n`, 'a')).toBe(text);
  });

  it('keeps blocks byte for byte', () => {
    expect(textAt('a: |\n  x #y\n   z\nb: 1\n', 'a')).toBe('x #y\n z\n');
    expect(textAt('a: |-\n  x\nb: 1\n', 'a')).toBe('x');
  });

  it('follows anchors and merge keys, own keys first', () => {
    const text = 'x: &x { a: 1, b: 2 }\ny: { <<: *x, b: 3 }\nz: *x\nw: { <<: [*x, { a: 9, c: 4 }] }\n';
    expect([textAt(text, 'y', 'a'), textAt(text, 'y', 'b'), textAt(text, 'z', 'a')]).toEqual(['1', '3', '1']);
    expect([textAt(text, 'w', 'a'), textAt(text, 'w', 'c')]).toEqual(['1', '4']);
  });

  it.each([
    ['a: 1\nb: 2\na: 3\n', ['3:1 CONFIG_INVALID The key a stands twice in one map.']],
    [
      'a:\n  b: 1\n c: 2\n',
      ['3:2 CONFIG_INVALID drayage.yml is not valid YAML: All mapping items must start at the same column.'],
    ],
    ['', ['undefined:undefined CONFIG_INVALID drayage.yml is empty.']],
    ['# nothing\n', ['undefined:undefined CONFIG_INVALID drayage.yml is empty.']],
    ['- a\n', ['1:1 CONFIG_INVALID drayage.yml must be a map of keys, such as "project: shop".']],
    ['a: *x\n', ['1:4 CONFIG_INVALID The alias *x names no anchor.']],
    ['a: &x { b: *x }\n', ['1:12 CONFIG_INVALID The alias *x names itself.']],
    ['a: { <<: 1 }\n', ['1:6 CONFIG_INVALID The merge key << takes a map or a list of maps.']],
    ['? [a]\n: b\n', ['1:3 CONFIG_INVALID A key must be plain text.']],
    ['a: 1\n---\nb: 2\n', ['2:1 CONFIG_INVALID drayage.yml holds several YAML documents; expected one.']],
  ])('says where %j is wrong', (text, expected) => {
    expect(failures(text)).toEqual(expected);
  });

  it('refuses aliases that multiply', () => {
    const levels = Array.from(
      { length: 12 },
      (_, index) => `l${index + 1}: &l${index + 1} [${`*l${index},`.repeat(9)}]`,
    );
    const startedAt = performance.now();
    expect(failures(`l0: &l0 x\n${levels.join('\n')}\n`)).toEqual([expect.stringContaining('aliases multiply')]);
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});

describe('references without quotes', () => {
  const hints = (text: string) => parse(text).errors.map(({ code, at, hint }) => [code, at?.line, at?.column, hint]);

  it.each([
    ['in a block', 'a:\n  key: ${{ secrets.X }}\n', 2, 8, '  key: "${{ secrets.X }}"'],
    ['in braces', 'a: { key: ${{ secrets.X }}, b: 1 }\n', 1, 11, 'a: { key: "${{ secrets.X }}", b: 1 }'],
    ['in brackets', 'a: [${{ secrets.X }}]\n', 1, 5, 'a: ["${{ secrets.X }}"]'],
    [
      'with text around them',
      'a: { u: http://${{ x.y }}:80/, b: 1 }\n',
      1,
      9,
      'a: { u: "http://${{ x.y }}:80/", b: 1 }',
    ],
    ['before a comment', 'a: ${{ secrets.X }} # why\n', 1, 4, 'a: "${{ secrets.X }}" # why'],
    ['in a list', 'a:\n- ${{ env.A }}-${{ env.B }}\n', 2, 3, '- "${{ env.A }}-${{ env.B }}"'],
    ['after a comma', 'a: x, ${{ env.A }}, y # z\n', 1, 4, 'a: "x, ${{ env.A }}, y" # z'],
    ['with double quotes inside', 'a: x"${{ env.A }}"\n', 1, 4, 'a: \'x"${{ env.A }}"\''],
  ])('are refused %s, with the line to paste', (_, text, line, column, pasted) => {
    expect(hints(text)).toEqual([['CONFIG_REFERENCE_UNQUOTED', line, column, `Write:\n${pasted}`]]);
    expect(failures(`${pasted}\n`.replace(/^- /, 'a:\n- '))).not.toContainEqual(
      expect.stringContaining('CONFIG_REFERENCE_UNQUOTED'),
    );
  });

  it('are all found at once', () => {
    expect(
      hints('a: { b: ${{ env.A }}, c: ${{ env.B }} }\nd: ${{ env.C }}\n').map(([, line, column]) => [line, column]),
    ).toEqual([
      [1, 9],
      [1, 26],
      [2, 4],
    ]);
  });

  it.each([
    'a: "${{ x.y }}"\n',
    "a: '${{ x.y }}'\n",
    'a: |\n  ${{ x.y }}\nb: >-\n  ${{ x.y }}\n',
    'a: b # ${{ x.y }}\n',
  ])('are none in %j', (text) => {
    expect(failures(text)).toEqual([]);
  });
});
