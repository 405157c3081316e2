import { describe, expect, it } from 'vitest';
import { errorCodes, explain } from '../../../packages/core/src/errors/codes.ts';
import { DrayageError, ManyErrors } from '../../../packages/core/src/errors/drayage-error.ts';
import { readableDuration } from '../../../packages/core/src/report/duration.ts';
import { annotationText, errorsText } from '../../../packages/core/src/report/error-text.ts';
import { exitStatusOfAll, type Failure, failuresOf } from '../../../packages/core/src/report/failure.ts';
import { code, codeBlock, escapeMarkdown } from '../../../packages/core/src/report/markdown.ts';
import { summaryText } from '../../../packages/core/src/report/summary.ts';
import { timeline } from '../../../packages/core/src/report/timeline.ts';
import { troubleshooting } from '../../../packages/core/src/report/troubleshooting.ts';

describe('readableDuration', () => {
  it.each([
    [0, '0.0 s'],
    [1249, '1.2 s'],
    [59_940, '59.9 s'],
    [59_960, '1 min'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h'],
    [3_725_000, '1 h 2 min 5 s'],
  ])('%i ms is %s', (milliseconds, text) => {
    expect(readableDuration(milliseconds)).toBe(text);
  });
});

describe('escapeMarkdown', () => {
  it.each([
    ['<script>alert(1)</script>', '&lt;script&gt;alert\\(1\\)&lt;/script&gt;'],
    ['a | b', 'a \\| b'],
    ['line\n# heading', 'line \\# heading'],
    ['[x](http://y)', '\\[x\\]\\(http:&#47;&#47;y\\)'],
    ['ask @alice', 'ask @&#8203;alice'],
    ['a & b', 'a &amp; b'],
  ])('%j', (text, escaped) => {
    expect(escapeMarkdown(text)).toBe(escaped);
  });
});

describe('code', () => {
  it.each([
    ['plain', '`plain`'],
    ['a`b', '``a`b``'],
    ['`', '`` ` ``'],
    ['a|b', '`a\\|b`'],
    ['two\nlines', '`two lines`'],
  ])('%j', (text, markdown) => {
    expect(code(text)).toBe(markdown);
  });

  it('fences a block with more backticks than it holds', () => {
    expect(codeBlock('```\nx')).toBe('````\n```\nx\n````');
  });
});

describe('timeline', () => {
  const phase = (title: string, startedAt: number, finishedAt: number, outcome: 'done' | 'failed' = 'done') => ({
    title,
    startedAt,
    finishedAt,
    outcome,
  });

  it('is a Mermaid gantt chart in the order of time', () => {
    expect(timeline('up', [phase('b', 20, 40, 'failed'), phase('a: x; #y', 10, 10)])).toBe(
      [
        'gantt',
        '    title up',
        '    dateFormat x',
        '    axisFormat %H:%M:%S',
        '    a x y :done, p0, 10, 11',
        '    b :crit, p1, 20, 40',
      ].join('\n'),
    );
  });

  it('is left out where there is nothing to compare', () => {
    expect(timeline('up', [phase('a', 1, 2)])).toBeUndefined();
  });
});

describe('failures', () => {
  it('are told once, however many steps ran into the same one', () => {
    const unreachable = new DrayageError('SSH_UNREACHABLE', 'builder does not answer.');
    const other = new DrayageError('SSH_UNREACHABLE', 'node-1 does not answer.');
    const error = new ManyErrors([unreachable, other]);
    const told = failuresOf(new AggregateError([unreachable, error, new ManyErrors([unreachable])]));
    expect(told.map(({ message }) => message)).toEqual(['builder does not answer.', 'node-1 does not answer.']);
  });

  const at = { file: 'drayage.yml', line: 3, column: 5 };

  it('shows message, excerpt, hint, output and code', () => {
    const error = new DrayageError('BUILD_FAILED', 'It failed.', { hint: 'Mend it.', at, output: 'last line\n' });
    expect(errorsText(failuresOf(error), { excerpt: () => 'drayage.yml:3:5\n  3 | x' })).toBe(
      'It failed.\ndrayage.yml:3:5\n  3 | x\nMend it.\n  last line\nBUILD_FAILED · more: drayage help BUILD_FAILED',
    );
  });

  it('shows the place where the file cannot be read, and the last forty lines of output', () => {
    const output = Array.from({ length: 50 }, (_, index) => `line ${index}`).join('\n');
    const text = errorsText(failuresOf(new DrayageError('BUILD_FAILED', 'It failed.', { at, output })));
    expect(text).toContain('drayage.yml:3:5\n  … 10 lines before\n  line 10\n');
  });

  it('counts several', () => {
    const error = new ManyErrors([
      new DrayageError('CONFIG_INVALID', 'One.', { at }),
      new DrayageError('INPUT_INVALID', 'Two.'),
    ]);
    expect(errorsText(failuresOf(error))).toBe(
      '2 problems:\n\nOne.\ndrayage.yml:3:5\nCONFIG_INVALID · more: drayage help CONFIG_INVALID\n\nTwo.\nINPUT_INVALID · more: drayage help INPUT_INVALID',
    );
  });

  it('are annotations of message, hint and code', () => {
    const [failure] = failuresOf(new DrayageError('CONFIG_INVALID', 'One.', { at, hint: 'Mend it.', output: 'x' }));
    expect(annotationText(failure as Failure)).toBe(
      'One.\nMend it.\nCONFIG_INVALID · more: drayage help CONFIG_INVALID',
    );
  });

  it('keeps an annotation under the limit of GitHub', () => {
    const [failure] = failuresOf(new DrayageError('BUILD_FAILED', 'x'.repeat(9000)));
    expect(annotationText(failure as Failure).length).toBeLessThan(4096);
  });

  it('owns up to an error nobody foresaw, with its stack', () => {
    const [failure] = failuresOf(new TypeError('x is not a function', { cause: new Error('inner') }));
    expect(failure).toMatchObject({
      code: 'INTERNAL_BUG',
      message: 'Drayage met an error it does not know: x is not a function',
      output: expect.stringMatching(/TypeError: x is not a function[\s\S]*Caused by: Error: inner/),
    });
  });

  it.each([
    [['CONFIG_INVALID', 'INPUT_INVALID'], 64],
    [['CONFIG_INVALID', 'SSH_UNREACHABLE'], 1],
    [['BUILD_FAILED'], 1],
    [['CANCELLED'], 130],
  ] as const)('%j exits with %i', (codes, status) => {
    expect(exitStatusOfAll(codes.map((name) => ({ code: name, message: '' })))).toBe(status);
  });
});

describe('summaryText', () => {
  const summary = {
    title: 'up',
    outcome: 'failed',
    milliseconds: 1200,
    phases: [],
    deployed: [],
    failures: [],
  } as const;

  it('shows the failure, what runs where, the steps and the timeline', () => {
    const text = summaryText({
      ...summary,
      failures: [{ code: 'BUILD_FAILED', message: 'A <b>bad</b> day', hint: 'Try `x`', output: 'log ```' }],
      deployed: [
        {
          service: 'web|1',
          image: 'ghcr.io/acme/web',
          digest: `sha256:${'a'.repeat(64)}`,
          nodes: ['n1', 'n2'],
          url: 'https://shop.example.com/',
          status: 'done',
        },
      ],
      phases: [
        { title: 'Build', startedAt: 1000, finishedAt: 2500, outcome: 'done' },
        { title: 'Push', startedAt: 2500, finishedAt: 2600, outcome: 'failed' },
      ],
    });
    expect(text).toMatchInlineSnapshot(`
      "## up: failed in 1.2 s

      > [!CAUTION]
      > A &lt;b&gt;bad&lt;/b&gt; day
      >
      > Try \\\`x\\\`
      >
      > \`BUILD_FAILED\` · more: \`npx drayage help BUILD_FAILED\`

      <details><summary>Output</summary>

      \`\`\`\`
      log \`\`\`
      \`\`\`\`

      </details>

      | service | image | digest | servers | URL | status |
      | --- | --- | --- | --- | --- | --- |
      | web\\|1 | \`ghcr.io/acme/web\` | \`sha256:aaaaaaaaaaaa\` | n1, n2 | <https://shop.example.com/> | done |

      | step | duration | outcome |
      | --- | --- | --- |
      | Build | 1.5 s | done |
      | Push | 0.1 s | failed |

      \`\`\`mermaid
      gantt
          title up
          dateFormat x
          axisFormat %H:%M:%S
          Build :done, p0, 1000, 2500
          Push :crit, p1, 2500, 2600
      \`\`\`

      "
    `);
  });

  it('stays under the limit of GitHub', () => {
    const failures = Array.from({ length: 3000 }, () => ({
      code: 'BUILD_FAILED' as const,
      message: 'x'.repeat(500),
      output: 'y'.repeat(500),
    }));
    const text = summaryText({ ...summary, failures });
    expect(Buffer.byteLength(text)).toBeLessThan(1_000_000);
    expect(text).toContain('The rest does not fit into a summary.');
  });

  it('makes no link of what is no plain web address', () => {
    const text = summaryText({ ...summary, deployed: [{ service: 'web', url: 'javascript:alert(1)' }] });
    expect(text).toContain('| javascript:alert\\(1\\) |');
  });
});

describe('troubleshooting', () => {
  it('has a heading with meaning and cure for every code, in order', () => {
    const headings = [...troubleshooting().matchAll(/^## (\S+)$/gm)].map((match) => match[1]);
    expect(headings).toEqual(errorCodes);
    expect(headings).toEqual([...headings].sort());
    for (const name of errorCodes) {
      expect(explain(name).means.length).toBeGreaterThan(20);
      expect(explain(name).fix).toMatch(/[.`]$/);
    }
  });
});
