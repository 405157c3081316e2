import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportLines, quote, quoteArgv } from '../../../packages/core/src/transport/shell.ts';

/** What the shell makes of the words: each printed with a NUL behind it. */
function wordsSeenBy(shell: string, words: readonly string[]): string[] {
  const { stdout, status } = spawnSync(shell, ['-s'], {
    input: `printf '%s\\0' ${quoteArgv(words)}`,
    env: { LC_ALL: 'C' },
  });
  expect(status).toBe(0);
  return stdout.toString('utf8').split('\0').slice(0, -1);
}

const nasty = [
  '',
  ' ',
  "it's",
  '$HOME',
  '`id`',
  '$(id)',
  'a"b',
  '\\',
  "\\'",
  '-n',
  '--',
  '*',
  '~',
  '!x',
  'a\nb',
  '\r\n',
  '\t',
  '#',
  ';&|<>',
  'ü€😀',
  '\u0001\u0081\u0088\u007f',
];
const word = fc.oneof(
  fc.constantFrom(...nasty),
  fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
);

describe('quoting', () => {
  it.each([
    ['docker', 'docker'],
    ['10.0.0.1:5000/app@sha256', '10.0.0.1:5000/app@sha256'],
    ['', "''"],
    ["it's", `'it'\\''s'`],
    ['a=b', "'a=b'"],
    ['while', "'while'"],
    ['~', "'~'"],
  ])('writes %j as %s', (text, written) => {
    expect(quote(text)).toBe(written);
  });

  it.each(['dash', 'bash'])('hands every word to %s as it is', (shell) => {
    expect(wordsSeenBy(shell, nasty)).toEqual(nasty);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 200 }), (words) => {
        expect(wordsSeenBy(shell, words)).toEqual(words);
      }),
      { numRuns: 40 },
    );
  });

  it.each(['dash', 'bash'])('survives being quoted again for eval in %s', (shell) => {
    const { stdout } = spawnSync(shell, ['-s'], { input: `eval ${quote(`printf '%s\\0' ${quoteArgv(nasty)}`)}` });
    expect(stdout.toString('utf8').split('\0').slice(0, -1)).toEqual(nasty);
  });

  it('refuses a NUL character', () => {
    expect(() => quote('a\0b')).toThrow('A value holds a NUL character');
  });
});

describe('environment', () => {
  it('exports values byte for byte', () => {
    const { stdout } = spawnSync('dash', ['-s'], {
      input: `${exportLines({ A: "x'\n y ", _B2: '$A' })}printf '%s|%s' "$A" "$_B2"`,
    });
    expect(stdout.toString()).toBe("x'\n y |$A");
  });

  it.each(['2A', 'A-B', 'A;id', ''])('refuses %j as a name', (name) => {
    expect(() => exportLines({ [name]: 'x' })).toThrow('cannot be the name of an environment variable');
  });
});
