import { expect, it } from 'vitest';
import type { Report } from '../../../packages/core/src/report/report.ts';
import { Stages } from '../../../packages/core/src/report/stages.ts';

function recorded(): { report: Report; events: string[] } {
  const events: string[] = [];
  const report: Report = {
    phases: [],
    phase: async (title, work) => {
      events.push(`begin ${title}`);
      try {
        const result = await work({ output: (chunk) => events.push(chunk), note: (line) => events.push(line) });
        events.push(`done ${title}`);
        return result;
      } catch (error) {
        events.push(`failed ${title}`);
        throw error;
      }
    },
    note: () => undefined,
    warn: () => undefined,
    mask: () => undefined,
  };
  return { report, events };
}

it('reports one stage after another, each with its output', async () => {
  const { report, events } = recorded();
  const stages = new Stages(report);
  stages.output('early ');
  stages.next('fetch');
  stages.output('one');
  stages.next('build');
  stages.output('two');
  await stages.end();
  expect(events.filter((event) => !event.startsWith('done'))).toEqual([
    'begin fetch',
    'early ',
    'one',
    'begin build',
    'two',
  ]);
  expect(events).toContain('done fetch');
  expect(events.at(-1)).toBe('done build');
});

it('marks only the running stage as failed, and rejects nothing', async () => {
  const { report, events } = recorded();
  const stages = new Stages(report);
  stages.next('fetch');
  stages.next('build');
  await stages.end(new Error('no'));
  expect(events).toContain('done fetch');
  expect(events.at(-1)).toBe('failed build');
});

it('has nothing to end before it began', async () => {
  const { report, events } = recorded();
  await new Stages(report).end();
  expect(events).toEqual([]);
});
