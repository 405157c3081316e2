import { describe, expect, it } from 'vitest';
import { DrayageError } from '../../../packages/core/src/errors/drayage-error.ts';
import { reportHub } from '../../../packages/core/src/host/report-hub.ts';
import type { ReportEvent } from '../../../packages/core/src/host/view/event.ts';
import { createRedactor } from '../../../packages/core/src/report/redact.ts';

function hub(secrets: readonly string[] = []) {
  const events: ReportEvent[] = [];
  let clock = 0;
  const redactor = createRedactor(secrets);
  const report = reportHub({
    emit: (event) => events.push(event),
    redactor,
    mask: (value) => redactor.add(value),
    isCancelled: () => false,
    now: () => (clock += 10),
  });
  return { events, report };
}

describe('reportHub', () => {
  it('redacts titles, notes, warnings, and output whose secret comes in two pieces', async () => {
    const { events, report } = hub(['hunter22']);
    await report.phase('Use hunter22', async (phase) => {
      phase.output('pass hunt');
      phase.output('er22 end\n');
      phase.note('note hunter22');
    });
    report.note('and hunter22');
    report.warn('warned hunter22');
    expect(JSON.stringify(events)).not.toContain('hunter22');
    expect(events[1]).toEqual({ event: 'output', phase: 1, source: undefined, line: 'pass *** end' });
  });

  it('hides a secret that is learnt while it runs', async () => {
    const { events, report } = hub();
    await report.phase('Work', async (phase) => {
      report.mask('hunter22');
      phase.note('hunter22');
    });
    expect(events[1]).toEqual({ event: 'note', phase: 1, line: '***' });
  });

  it('knows the phase around a phase, and around a note, through other functions', async () => {
    const { events, report } = hub();
    const inner = async () => {
      await Promise.resolve();
      await report.phase('Inner', async () => report.note('inside'));
    };
    await Promise.all([report.phase('One', inner), report.phase('Two', async () => undefined)]);
    expect(events.filter((event) => event.event === 'phase-started')).toEqual([
      { event: 'phase-started', phase: 1, parent: undefined, title: 'One' },
      { event: 'phase-started', phase: 2, parent: undefined, title: 'Two' },
      { event: 'phase-started', phase: 3, parent: 1, title: 'Inner' },
    ]);
    expect(events).toContainEqual({ event: 'note', phase: 3, line: 'inside' });
  });

  it('records how phases ended, and rethrows', async () => {
    const { report } = hub();
    const failing = report.phase('Fail', async () => {
      throw new DrayageError('BUILD_FAILED', 'no');
    });
    await expect(failing).rejects.toThrow('no');
    const cancelled = report.phase('Stop', async () => {
      throw new DrayageError('CANCELLED', 'stopped');
    });
    await expect(cancelled).rejects.toThrow('stopped');
    expect(await report.phase('Work', async () => 42)).toBe(42);
    expect(report.phases).toEqual([
      { title: 'Fail', startedAt: 10, finishedAt: 20, outcome: 'failed' },
      { title: 'Stop', startedAt: 30, finishedAt: 40, outcome: 'cancelled' },
      { title: 'Work', startedAt: 50, finishedAt: 60, outcome: 'done' },
    ]);
  });

  it('keeps what several sources say apart, also within a line', async () => {
    const { events, report } = hub();
    await report.phase('Pull', async (phase) => {
      phase.output('a', 'node-1');
      phase.output('b\n', 'node-2');
      phase.output('a\n', 'node-1');
    });
    expect(events.filter((event) => event.event === 'output')).toEqual([
      { event: 'output', phase: 1, source: 'node-2', line: 'b' },
      { event: 'output', phase: 1, source: 'node-1', line: 'aa' },
    ]);
  });
});
