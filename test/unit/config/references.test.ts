import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasReference, parseTemplate } from '../../../packages/core/src/config/references.ts';

describe('parseTemplate', () => {
  it('splits text and names', () => {
    expect(parseTemplate('a ${{ secrets.X }}/${{git.sha}}')).toEqual({
      parts: [
        { text: 'a ' },
        { name: ['secrets', 'X'], raw: '${{ secrets.X }}', offset: 2 },
        { text: '/' },
        { name: ['git', 'sha'], raw: '${{git.sha}}', offset: 19 },
      ],
      malformed: [],
    });
  });

  it.each([
    ['$${{ x }}', '${{ x }}'],
    ['$$${{', '$${{'],
    ['${ x }', '${ x }'],
    ['{{ x }}', '{{ x }}'],
    ['$HOME $(id) `id`', '$HOME $(id) `id`'],
  ])('leaves %s literal', (text, literal) => {
    const { parts, malformed } = parseTemplate(text);
    expect(malformed).toEqual([]);
    expect(parts.map((part) => ('text' in part ? part.text : part)).join('')).toBe(literal);
    expect(hasReference(text)).toBe(false);
  });

  it.each([
    ['a ${{ secrets.X', 'is not closed by }} on the same line'],
    ['${{ secrets.X\n}}', 'is not closed by }} on the same line'],
    ['${{ }}', 'is empty'],
    ['${{ secrets.A || "x" }}', 'is not a dotted name, such as secrets.TOKEN or services.db.url'],
    ['${{ toJSON(secrets) }}', 'is not a dotted name, such as secrets.TOKEN or services.db.url'],
    ['${{ secrets..A }}', 'is not a dotted name, such as secrets.TOKEN or services.db.url'],
  ])('says what is wrong with %j', (text, reason) => {
    expect(parseTemplate(text).malformed).toEqual([expect.objectContaining({ reason })]);
  });

  it('keeps every character of text without references', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('${{')),
        (text) => {
          const joined = parseTemplate(text)
            .parts.map((part) => ('text' in part ? part.text : ''))
            .join('');
          return joined === text;
        },
      ),
    );
  });
});
