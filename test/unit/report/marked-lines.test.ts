import fc from 'fast-check';
import { expect, it } from 'vitest';
import { markedLines } from '../../../packages/core/src/report/marked-lines.ts';

function split(chunks: readonly string[]) {
  const words: string[] = [];
  let text = '';
  const lines = markedLines(
    (found) => words.push(found.join(' ')),
    (chunk) => {
      text += chunk;
    },
  );
  for (const chunk of chunks) lines.push(chunk);
  lines.finish();
  return { words, text };
}

it.each([
  ['one\n@drayage image x y\ntwo\n', { words: ['image x y'], text: 'one\ntwo\n' }],
  ['@drayage stage\n', { words: ['stage'], text: '' }],
  ['#1 @drayage stage\n', { words: [], text: '#1 @drayage stage\n' }],
  ['@drayages\n', { words: [], text: '@drayages\n' }],
  ['@dray', { words: [], text: '@dray' }],
  ['no line end', { words: [], text: 'no line end' }],
])('splits %j', (output, expected) => {
  expect(split([output])).toEqual(expected);
});

it('splits the same whatever the chunking', () => {
  const piece = fc.constantFrom('@drayage ', '@dray', 'age x\n', '\n', 'text', 'a b\n', ' ');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(60), { maxLength: 6 }), (pieces, cuts) => {
      const output = pieces.join('');
      const at = [
        0,
        ...cuts.map((cut) => Math.min(cut, output.length)).sort((one, other) => one - other),
        output.length,
      ];
      const chunks = at.slice(1).map((end, index) => output.slice(at[index], end));
      expect(split(chunks)).toEqual(split([output]));
    }),
  );
});

it('passes text on before its line ends', () => {
  const texts: string[] = [];
  const lines = markedLines(
    () => undefined,
    (text) => texts.push(text),
  );
  lines.push('#5 downlo');
  expect(texts).toEqual(['#5 downlo']);
});
