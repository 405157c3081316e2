import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isScalar, parseDocument, visit } from 'yaml';
import { failuresOf } from './loading.ts';

const text = readFileSync(new URL('whole.yml', import.meta.url), 'utf8');

/** The file once for each of its values, with a reference to what is not given in the place of it. */
function variants(): readonly (readonly [at: string, text: string])[] {
  const places: [number, number][] = [];
  visit(parseDocument(text), {
    Scalar(key, node) {
      if (key !== 'key' && isScalar(node) && node.range) places.push([node.range[0], node.range[1]]);
    },
  });
  return places.map(([start, end]) => [
    `${text.slice(0, start).split('\n').length}: ${text.slice(start, end)}`,
    `${text.slice(0, start)}"\${{ env.NOT_GIVEN }}"${text.slice(end)}`,
  ]);
}

it('any value may be one that only a run knows, but for those that say which other keys there are', async () => {
  const wrong: string[] = [];
  for (const [at, variant] of variants()) {
    const failures = await failuresOf(variant, {
      allowAbsent: true,
      secrets: {},
      readFile: async () => '-----BEGIN X',
    });
    wrong.push(...failures.map(({ message }) => `${at} → ${message}`));
  }
  // The last one: a limit that is not known stands beside one that is.
  const expected = /^\d+: (?:traefik|application|volume|bind|file) → |^104: 200 → The soft limit of nproc/;
  expect(wrong.filter((line) => !expected.test(line))).toEqual([]);
});
