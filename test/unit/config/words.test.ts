import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitWords } from '../../../packages/core/src/config/words.ts';

describe('splitWords', () => {
  it.each([
    ['node server.js --port 3000', ['node', 'server.js', '--port', '3000']],
    ["sh -c 'echo $HOME; ls'", ['sh', '-c', 'echo $HOME; ls']],
    ['a "b c" d\\ e', ['a', 'b c', 'd e']],
    ['"a \\"b\\" \\n"', ['a "b" \\n']],
    ["--name='' x", ['--name=', 'x']],
    ["'' x", ['', 'x']],
    ['  a\t b ', ['a', 'b']],
  ])('splits %s', (text, words) => {
    expect(splitWords(text)).toEqual({ words });
  });

  it.each([
    ['npm run a && npm run b', '"&" would need a shell'],
    ['a | b', '"|" would need a shell'],
    ['a > b', '">" would need a shell'],
    ["echo 'a", 'is not closed'],
    ['echo "a', 'is not closed'],
    ['a\\', 'ends with a backslash'],
    ['  ', 'is empty'],
  ])('refuses %s', (text, reason) => {
    expect(splitWords(text)).toEqual({ reason: expect.stringContaining(reason) });
  });

  it('splits as a real shell does', () => {
    const words = fc.array(fc.string({ unit: fc.constantFrom('a', 'B', '1', "'", '"', '\\', ' ', '\t') }), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(words, fc.constantFrom(' ', '\t', '  '), (pieces, blank) => {
        const text = pieces.join(blank);
        const ours = splitWords(text);
        fc.pre('words' in ours);
        const script = `printf '%s\\001' ${text}`;
        const shell = execFileSync('dash', ['-c', script], { encoding: 'utf8' }).split('\u0001').slice(0, -1);
        expect('words' in ours ? ours.words : []).toEqual(shell);
      }),
      { numRuns: 60 },
    );
  });
});
