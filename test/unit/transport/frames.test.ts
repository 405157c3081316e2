import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Frames } from '../../../packages/core/src/transport/frames.ts';

/** Feeds the text in pieces and returns what each frame got, its word, and what was left. */
function split(pieces: readonly string[], markers: readonly string[]) {
  const rest: string[] = [];
  const frames = new Frames((chunk) => rest.push(chunk.toString()));
  const found = markers.map((marker) => {
    const frame = { text: '', word: undefined as string | undefined };
    frames.expect({
      marker: Buffer.from(marker),
      deliver: (chunk) => {
        frame.text += chunk.toString();
      },
      end: (word) => {
        frame.word = word;
      },
    });
    return frame;
  });
  for (const piece of pieces) frames.push(Buffer.from(piece));
  return { found, rest: rest.join('') };
}

describe('frames', () => {
  it('end at their marker, with the word behind it', () => {
    expect(split(['out--E-- 3\nnext--F-- 0\ntail'], ['--E--', '--F--'])).toEqual({
      found: [
        { text: 'out', word: '3' },
        { text: 'next', word: '0' },
      ],
      rest: 'tail',
    });
  });

  it('deliver at once what cannot be part of a marker, and hold what could', () => {
    expect(split(['abc--'], ['--E--']).found).toEqual([{ text: 'abc', word: undefined }]);
    expect(split(['abc--', 'x'], ['--E--']).found).toEqual([{ text: 'abc--x', word: undefined }]);
  });

  it('come out the same however the bytes arrive', () => {
    const text = 'a--E-\n--E--E-- 12\n\n--F--\nrest';
    const whole = split([text], ['--E--', '--F--']);
    expect(whole.found.map(({ word }) => word)).toEqual(['E-- 12', '']);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 12 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), text.length];
        const pieces = at.slice(1).map((end, index) => text.slice(at[index], end));
        expect(split(pieces, ['--E--', '--F--'])).toEqual(whole);
      }),
    );
  });
});
