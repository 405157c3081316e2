import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../packages/core/src/report/redact.ts';

const secretText = fc
  .string({ minLength: 4, maxLength: 60, unit: 'grapheme' })
  .filter((text) => text.trim().length >= 4);

/** Texts in which a printer may have left the secret, by the encoding's name. */
const printers: Record<string, (secret: string, before: string, after: string) => string> = {
  'as it is': (secret, before, after) => before + secret + after,
  'base64 alone': (secret) => Buffer.from(secret).toString('base64'),
  base64url: (secret) => Buffer.from(secret).toString('base64url'),
  hex: (secret, before, after) => Buffer.from(before + secret + after).toString('hex'),
  'a URL component': (secret, before, after) => encodeURIComponent(before + secret + after),
  'a query string': (secret) => new URLSearchParams({ q: secret }).toString(),
  JSON: (secret, before, after) => JSON.stringify({ [before]: secret, after }),
  'JSON in JSON': (secret) => JSON.stringify({ inner: JSON.stringify({ secret }) }),
  'single quotes of a shell': (secret) => `'${secret.replaceAll("'", "'\\''")}'`,
};

describe('Redactor', () => {
  const cases: [string, string, string, string][] = [
    ['the secret itself', 'hunter2', 'pw=hunter2;', 'pw=***;'],
    ['every occurrence', 'hunter2', 'hunter2 hunter2', '*** ***'],
    ['base64', 'hunter2', 'aHVudGVyMg==', '***'],
    ['base64 after one other byte', 'hunter2', 'eGh1bnRlcjJ5', 'eG***J5'],
    ['a URL', 'a b/c?', 'https://u:a%20b%2Fc%3F@host', 'https://u:***@host'],
    ['a form', 'a b/c?', 'token=a+b%2Fc%3F', 'token=***'],
    ['a percent encoding in lower case', 'a b/c?', 'token=a%20b%2fc%3f', 'token=***'],
    ['JSON', 'li"ne\nend', '{"a":"li\\"ne\\nend"}', '{"a":"***"}'],
    ["Go's JSON", 'a<b>&c', '{"a":"a\\u003cb\\u003e\\u0026c"}', '{"a":"***"}'],
    ['single quotes of a shell', "it's me", "echo 'it'\\''s me'", "echo '***'"],
    ['HTML', 'a<b&c', '<td>a&lt;b&amp;c</td>', '<td>***</td>'],
    ['hex', 'hunter2', '68756e74657232', '***'],
    ['the secret without the blanks around it', '  hunter2\n', 'pw=hunter2;', 'pw=***;'],
    ['one line of several', 'first line\nab\nsecond line', '#12 second line', '#12 ***'],
    ['nothing of a line that is too short', 'first line\nab\nsecond line', 'ab', 'ab'],
    [
      'not the armour of a key',
      '-----BEGIN X KEY-----\nMIIabc\n-----END X KEY-----',
      '-----BEGIN X KEY-----',
      '-----BEGIN X KEY-----',
    ],
  ];
  it.each(cases)('hides %s', (_, secret, text, expected) => {
    expect(createRedactor([secret]).text(text)).toBe(expected);
  });

  it('hides overlapping secrets as one', () => {
    expect(createRedactor(['abcdef', 'defghi']).text('xabcdefghix')).toBe('x***x');
  });

  it('hides the longer of two secrets that begin alike', () => {
    expect(createRedactor(['abcd', 'abcdefgh']).text('abcdefgh abcdxx')).toBe('*** ***xx');
  });

  it('leaves text alone, and says so, when a secret is shorter than four characters', () => {
    const redactor = createRedactor();
    expect(redactor.add('abc')).toBe(false);
    expect(redactor.add(' abc ')).toBe(false);
    expect(redactor.text('abc YWJj')).toBe('abc YWJj');
    expect(redactor.add('abcd')).toBe(true);
  });

  it('hides what base64(1) prints in lines', () => {
    const secret = Array.from({ length: 40 }, (_, index) => `part-${index}`).join(';');
    const printed = execFileSync('base64', { input: secret, encoding: 'utf8' });
    expect(printed.trim().split('\n').length).toBeGreaterThan(3);
    expect(createRedactor([secret]).text(printed)).toBe('***\n'.repeat(printed.trim().split('\n').length));
  });

  it('lets nothing of a secret through in any encoding', () => {
    fc.assert(
      fc.property(secretText, fc.string({ maxLength: 9 }), fc.string({ maxLength: 9 }), (secret, before, after) => {
        const redactor = createRedactor([secret]);
        for (const [encoding, print] of Object.entries(printers)) {
          const printed = print(secret, before, after);
          const alone = print(secret, '', '');
          expect(redactor.text(printed), encoding).toContain('***');
          expect(redactor.text(alone), encoding).not.toContain(secret);
        }
      }),
    );
  });

  it('hides the inside of base64 at any offset', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 8, maxLength: 40 }),
        fc.string({ maxLength: 5 }),
        fc.string({ maxLength: 5 }),
        (secret, before, after) => {
          fc.pre(secret.trim() === secret);
          const printed = Buffer.from(before + secret + after).toString('base64');
          const shown = createRedactor([secret]).text(printed);
          // What is left cannot hold more than the neighbours and the bits they share with the secret.
          const left = shown.replace('***', '').replace(/=+$/, '');
          expect(shown).toContain('***');
          expect(left.length).toBeLessThanOrEqual(Math.ceil(((before.length + after.length) * 8) / 6) + 4);
        },
      ),
    );
  });

  it('prints the same in one piece and in many', () => {
    const pieces = fc.array(
      fc.constantFrom('sec', 'ret', '-one', 's', 'secret-one', 'c2Vj', 'cmV0', '\n', 'x', 'secret-on'),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(pieces, (chunks) => {
        const redactor = createRedactor(['secret-one', 'onesec', 'secret-one-more']);
        const stream = redactor.stream();
        const streamed = chunks.map((chunk) => stream.write(chunk)).join('') + stream.end();
        expect(streamed).toBe(redactor.text(chunks.join('')));
      }),
      { numRuns: 500 },
    );
  });

  it('shows at once what cannot be the beginning of a secret', () => {
    const stream = createRedactor(['hunter2']).stream();
    expect(stream.write('Step 1/4\npass: hunt')).toBe('Step 1/4\npass: ');
    expect(stream.write('er2\nStep')).toBe('***\nStep');
    expect(stream.write(' 2 hun')).toBe(' 2 ');
    expect(stream.end()).toBe('hun');
  });

  it('hides a secret that comes one character at a time', () => {
    const stream = createRedactor(['correct horse battery']).stream();
    const shown = [...'a correct horse battery b'].map((character) => stream.write(character)).join('');
    expect(shown + stream.end()).toBe('a *** b');
  });

  it('takes time in proportion to the log, with a private key among the secrets', () => {
    const key = `-----BEGIN KEY-----\n${'MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7\n'.repeat(60)}-----END KEY-----`;
    const redactor = createRedactor([key, 'hunter2', 'another secret']);
    const timeOf = (lines: number): number => {
      const log = '#12 0.345 added 57 packages, and audited 58 packages in 2s\n'.repeat(lines);
      const times = [1, 2, 3].map(() => {
        const startedAt = performance.now();
        expect(redactor.text(log)).toBe(log);
        return performance.now() - startedAt;
      });
      return Math.min(...times);
    };
    timeOf(1000);
    // Eight times as long; whatever reads the log again and again would take sixty-four times.
    expect(timeOf(16_000) / timeOf(2000)).toBeLessThan(30);
  });
});
