import { describe, expect, it } from 'vitest';
import type { Ending, ReportEvent, View } from '../../../../packages/core/src/host/view/event.ts';
import { groupedEvents } from '../../../../packages/core/src/host/view/groups.ts';
import { jsonView } from '../../../../packages/core/src/host/view/json.ts';
import { LineCutter, visibleText } from '../../../../packages/core/src/host/view/lines.ts';
import { plainView } from '../../../../packages/core/src/host/view/plain.ts';
import { prettyView } from '../../../../packages/core/src/host/view/pretty.ts';
import { painter, wantsColor } from '../../../../packages/core/src/host/view/style.ts';

const run: readonly ReportEvent[] = [
  { event: 'phase-started', phase: 1, title: 'Build web' },
  { event: 'output', phase: 1, line: 'step 1', source: 'builder' },
  { event: 'note', phase: 1, line: 'cached' },
  { event: 'note', line: 'node-1: nothing to do' },
  { event: 'phase-finished', phase: 1, title: 'Build web', outcome: 'failed', milliseconds: 1234 },
];

const ending: Ending = {
  title: 'up',
  outcome: 'failed',
  exitStatus: 1,
  milliseconds: 2000,
  failures: [{ code: 'BUILD_FAILED', message: 'It failed.', hint: 'Try again.' }],
};

function show(view: View): void {
  for (const event of run) view.show(event);
  view.end(ending);
}

function recorder() {
  const out: string[] = [];
  const errors: string[] = [];
  const print = (text: string) => out.push(text);
  return { out, errors, options: { print, printError: (text: string) => errors.push(text), paint: painter(false) } };
}

describe('plainView', () => {
  it('prints titles, lines and durations, and the failure on standard error', () => {
    const { out, errors, options } = recorder();
    show(plainView(options));
    expect(out.join('')).toBe('▸ Build web\n    builder: step 1\n  cached\nnode-1: nothing to do\n✗ Build web 1.2 s\n');
    expect(errors.join('')).toBe('\nIt failed.\nTry again.\nBUILD_FAILED · more: drayage help BUILD_FAILED\n');
  });
});

describe('jsonView', () => {
  it('prints one event a line', () => {
    const { out, options } = recorder();
    show(jsonView(options.print, () => 5));
    expect(out.map((line) => JSON.parse(line))).toEqual([
      { at: 5, event: 'phase-started', phase: 1, title: 'Build web' },
      { at: 5, event: 'output', phase: 1, source: 'builder', line: 'step 1' },
      { at: 5, event: 'note', phase: 1, line: 'cached' },
      { at: 5, event: 'note', line: 'node-1: nothing to do' },
      { at: 5, event: 'phase-finished', phase: 1, title: 'Build web', outcome: 'failed', milliseconds: 1234 },
      { at: 5, event: 'error', code: 'BUILD_FAILED', message: 'It failed.', hint: 'Try again.' },
      { at: 5, event: 'result', title: 'up', outcome: 'failed', exitStatus: 1, milliseconds: 2000 },
    ]);
    expect(out.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
  });
});

describe('prettyView', () => {
  it('keeps one live line, and unfolds the log of the phase that failed', () => {
    const { out, options } = recorder();
    const view = prettyView({ ...options, columns: () => 40, now: () => 0 });
    show(view);
    expect(screen(out.join(''))).toBe('  cached\nnode-1: nothing to do\n✗ Build web 1.2 s\n    builder: step 1\n');
  });

  it('cuts live lines to the width of the terminal', () => {
    const { out, options } = recorder();
    const view = prettyView({ ...options, columns: () => 20, now: () => 0 });
    view.show({ event: 'phase-started', phase: 1, title: 'A title that is longer than the terminal' });
    view.end({ ...ending, failures: [] });
    expect(out[0]).toBe('⠋ A title that is …\n');
  });
});

/** What a terminal shows after lines up (`ESC[nA`) and clear (`ESC[J`). */
function screen(text: string): string {
  let lines = [''];
  for (const part of text.split(/(\x1b\[\d+A\x1b\[J)/)) {
    const up = /^\x1b\[(\d+)A/.exec(part)?.[1];
    if (up !== undefined) lines = [...lines.slice(0, lines.length - 1 - Number(up)), ''];
    else {
      const [first = '', ...rest] = part.split('\n');
      lines = [...lines.slice(0, -1), `${lines.at(-1)}${first}`, ...rest];
    }
  }
  return lines.join('\n');
}

describe('groupedEvents', () => {
  it('opens one group at a time, and lets lines of no group wait for its end', () => {
    const lines: string[] = [];
    const push = groupedEvents({
      open: (_phase, title) => lines.push(`[${title}`),
      close: () => lines.push(']'),
      line: (text) => lines.push(text),
    });
    for (const event of run) push(event);
    expect(lines).toEqual([
      '[Build web',
      'builder: step 1',
      'cached',
      'Failed after 1.2 s.',
      ']',
      'node-1: nothing to do',
    ]);
  });

  it('says when a group goes on after one inside it', () => {
    const lines: string[] = [];
    const push = groupedEvents({
      open: (_phase, title) => lines.push(`[${title}`),
      close: () => lines.push(']'),
      line: (text) => lines.push(text),
    });
    push({ event: 'phase-started', phase: 1, title: 'Outer' });
    push({ event: 'phase-started', phase: 2, parent: 1, title: 'Inner' });
    push({ event: 'phase-finished', phase: 2, title: 'Inner', outcome: 'done', milliseconds: 100 });
    push({ event: 'note', phase: 1, line: 'more' });
    expect(lines).toEqual(['[Outer', ']', '[Inner', 'Done after 0.1 s.', ']', '[Outer (continued)', 'more']);
  });
});

describe('wantsColor', () => {
  it.each([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ TERM: 'dumb' }, true, false],
  ])('for %j on a terminal (%s) says %s', (env, isTerminal, wanted) => {
    expect(wantsColor(env, isTerminal)).toBe(wanted);
  });
});

describe('visibleText', () => {
  it("keeps lines and colours, and drops what a terminal or GitLab's log would obey", () => {
    const forged = '\x1b[0Ksection_end:0:drayage_1\r\x1b[0Kone\n\x1b[31mtwo\x1b[0m\n\x1b[2J\x07three\n';
    expect(visibleText(forged)).toBe('one\n\x1b[31mtwo\x1b[0m\nthree\n');
  });
});

describe('LineCutter', () => {
  it.each([
    [
      ['a\nb', 'c\n'],
      ['a', 'bc'],
    ],
    [['a\r\n'], ['a']],
    [['10%\r50%\r100%\n'], ['100%']],
    [['no end'], ['no end']],
    [['\x1b[2K\x1b[1Gx\x1b[31mred\x1b[0m\n'], ['x\x1b[31mred\x1b[0m']],
    [['\x07bell\x1b]0;title\x07\n'], ['bell']],
    [[''], []],
  ])('cuts %j', (chunks, lines) => {
    const cut: string[] = [];
    const cutter = new LineCutter((line) => cut.push(line));
    for (const chunk of chunks) cutter.write(chunk);
    cutter.end();
    expect(cut).toEqual(lines);
  });
});
