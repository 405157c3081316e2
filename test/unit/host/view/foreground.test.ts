import { describe, expect, it } from 'vitest';
import type { ReportEvent } from '../../../../packages/core/src/host/view/event.ts';
import { Foreground } from '../../../../packages/core/src/host/view/foreground.ts';

/** `+1` starts phase 1, `+2<1` phase 2 inside 1, `1:x` is a line of phase 1, `-1` its end. */
function play(script: string): string {
  const shown: string[] = [];
  const foreground = new Foreground((event) => shown.push(short(event)));
  for (const word of script.split(' ')) foreground.push(eventOf(word));
  return shown.join(' ');
}

function eventOf(word: string): ReportEvent {
  const [, start, parent] = /^\+(\d)(?:<(\d))?$/.exec(word) ?? [];
  if (start !== undefined) {
    return {
      event: 'phase-started',
      phase: Number(start),
      parent: parent === undefined ? undefined : Number(parent),
      title: '',
    };
  }
  if (word.startsWith('-')) {
    return { event: 'phase-finished', phase: Number(word.slice(1)), title: '', outcome: 'done', milliseconds: 0 };
  }
  const [phase, line = ''] = word.split(':');
  return { event: 'output', phase: Number(phase), line };
}

function short(event: ReportEvent): string {
  if (event.event === 'phase-started') return `+${event.phase}`;
  if (event.event === 'phase-finished') return `-${event.phase}`;
  return event.event === 'output' ? `${event.phase}:${event.line}` : '?';
}

describe('Foreground', () => {
  it.each([
    ['one phase as it comes', '+1 1:a 1:b -1', '+1 1:a 1:b -1'],
    ['the second phase after the first', '+1 +2 2:x 1:a -2 1:b -1', '+1 1:a 1:b -1 +2 2:x -2'],
    ['a phase live once it has its turn', '+1 +2 2:x -1 2:y -2', '+1 -1 +2 2:x 2:y -2'],
    ['an inner phase inside the outer one', '+1 1:a +2<1 2:x -2 1:b -1', '+1 1:a +2 2:x -2 1:b -1'],
    ['lines of the outer phase after the inner one', '+1 +2<1 1:a 2:x -2 1:b -1', '+1 +2 2:x -2 1:a 1:b -1'],
    ['inner phases one after the other', '+1 +2<1 +3<1 3:y 2:x -2 -3 -1', '+1 +2 2:x -2 +3 3:y -3 -1'],
    ['a phase with inner ones after another', '+1 +2 +3<2 3:x -3 2:y -2 1:a -1', '+1 1:a -1 +2 +3 3:x -3 2:y -2'],
    ['three at once in the order of their start', '+1 +2 +3 -3 -2 -1', '+1 -1 +2 -2 +3 -3'],
    ['a new phase after all have ended', '+1 -1 +2 2:x -2', '+1 -1 +2 2:x -2'],
  ])('shows %s', (_what, script, shown) => {
    expect(play(script)).toBe(shown);
  });
});
