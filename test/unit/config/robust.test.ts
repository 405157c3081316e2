import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { failuresOf } from './loading.ts';

const whole: unknown = parse(readFileSync(new URL('whole.yml', import.meta.url), 'utf8'));

const options = {
  secrets: {
    GHCR_TOKEN: 'ghcr-token',
    NPM_TOKEN: 'npm-token',
    DB_PASSWORD: 'password',
    DEPLOY_KEY: '-----BEGIN K-----',
  },
  env: { DOMAIN: 'example.com' },
  git: { sha: 'abcdef0' },
  readFile: async () => '-----BEGIN CERTIFICATE-----',
};

/** Paths of all values. */
function pathsOf(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Object.entries(value).flatMap(([key, item]) =>
    pathsOf(item, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return path.length === 0 ? below : [path, ...below];
}

function replaced(value: unknown, [step, ...rest]: (string | number)[], by: unknown): unknown {
  if (step === undefined) return by;
  if (Array.isArray(value)) return value.map((item, index) => (index === step ? replaced(item, rest, by) : item));
  return { ...Object(value), [step]: replaced(Reflect.get(Object(value), step), rest, by) };
}

const odd = fc.constantFrom<unknown>(
  null,
  '',
  'x',
  -1,
  1.5,
  true,
  [],
  {},
  [[]],
  { x: {} },
  [null],
  '${{ secrets.NOPE }}',
  '${{',
  '*',
);

describe('loadProject', () => {
  it('answers a file with any value replaced by an odd one in sentences with places, and never breaks', async () => {
    const paths = pathsOf(whole);
    expect(paths.length).toBeGreaterThan(150);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), odd, async (path, value) => {
        const text = stringify(replaced(whole, path, value), {
          defaultStringType: 'QUOTE_DOUBLE',
          defaultKeyType: 'PLAIN',
        });
        for (const error of await failuresOf(text, options)) {
          expect(error.message).toMatch(/^\S.*[.…]$/s);
          expect(error.message).not.toMatch(/undefined|\[object|NaN/);
          expect(error.at?.line).toBeGreaterThan(0);
        }
      }),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 60) },
    );
  });

  it('answers any text', async () => {
    const pieces = fc.constantFrom(
      'project: shop\n',
      'services:\n',
      '  web:\n',
      '    ',
      '- ',
      '{',
      '}',
      '[',
      ': ',
      '&a ',
      '*a',
      '"',
      '|\n',
      '${{ x.y }}',
      '<<',
      '\t',
      '!!int ',
      'x',
      '# ',
      '\n',
      '---\n',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 25 }), async (parts) => {
        for (const error of await failuresOf(parts.join(''), options)) expect(error.code).toMatch(/^[A-Z_]+$/);
      }),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 100) },
    );
  });
});
