import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSecrets } from '../../../packages/core/src/config/secrets.ts';

describe('parseSecrets', () => {
  it.each<[string, string, Record<string, string>]>([
    ['a line', 'TOKEN=abc', { TOKEN: 'abc' }],
    ['several lines', 'A=1\nB=2\n', { A: '1', B: '2' }],
    ['blanks, quotes, # and $ as they are', 'A= "x" # $HOME ', { A: ' "x" # $HOME ' }],
    ['equals signs in the value', 'URL=postgres://u:p=@h/?a=b', { URL: 'postgres://u:p=@h/?a=b' }],
    ['an empty value', 'A=', { A: '' }],
    ['<< in a value', 'A=x<<y', { A: 'x<<y' }],
    ['Windows line ends', 'A=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['a block', 'KEY<<END\n-----BEGIN\n a=b\n\nEND-\nEND\nB=2', { KEY: '-----BEGIN\n a=b\n\nEND-', B: '2' }],
    ['an empty block', 'KEY<<END\nEND', { KEY: '' }],
    ['a JSON object', '{"A": "x\\ny", "N": 1, "T": true}', { A: 'x\ny', N: '1', T: 'true' }],
    ['nothing', ' \n', {}],
    ['a name of Object.prototype', 'constructor=x', { constructor: 'x' }],
  ])('reads %s', (_, text, expected) => {
    expect(parseSecrets(text)).toEqual(expected);
  });

  it.each([
    ['A=1\nhunter2', 'Line 2 of the input "secrets" is neither NAME=value nor NAME<<DELIMITER.'],
    [
      '# hunter2=x',
      'What stands before = in line 1 of the input "secrets" is not a name; expected letters, digits and "_".',
    ],
    ['A=1\nA=hunter2', 'The secret A is given twice, again in line 2.'],
    [
      'K<<END\nhunter2',
      'Line 1 of the input "secrets" opens a block that is not closed by a line with its delimiter alone.',
    ],
    ['K<<\nhunter2', 'Line 1 of the input "secrets" names no delimiter.'],
    [
      '{"A": "hunter2"',
      'The input "secrets" begins with { and is not valid JSON; expected an object of names and texts.',
    ],
    ['{"A": {"b": "hunter2"}}', 'The secret A is a JSON object; expected a text.'],
    ['{"A-b": "hunter2"}', 'The key "A-b" of the input "secrets" is not a name; expected letters, digits and "_".'],
  ])('refuses %j and does not repeat the value', (text, message) => {
    expect(() => parseSecrets(text)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID', message }));
  });

  it('reports all errors at once', () => {
    expect(() => parseSecrets('x\ny')).toThrow(
      expect.objectContaining({ errors: [expect.anything(), expect.anything()] }),
    );
  });

  it('returns any value of one line byte for byte', () => {
    const value = fc.string({ unit: 'grapheme' }).filter((text) => !/[\r\n]/.test(text));
    fc.assert(fc.property(value, (text) => parseSecrets(`NAME=${text}`).NAME === text));
  });

  it('returns any value in a block byte for byte', () => {
    const lines = fc.array(
      fc.string().filter((text) => !/[\r\n]/.test(text) && text !== 'EOF_1'),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(lines, (text) => parseSecrets(`NAME<<EOF_1\n${text.join('\n')}\nEOF_1\n`).NAME === text.join('\n')),
    );
  });
});
