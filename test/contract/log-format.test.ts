import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ReportEvent } from '../../packages/core/src/host/view/event.ts';
import { jsonView } from '../../packages/core/src/host/view/json.ts';
import { logEvents } from '../../scripts/generate/log-format.ts';

const page = readFileSync('docs/log-format.md', 'utf8');

/** Every event with every field it can have; what is missing here is refused below. */
const full: readonly ReportEvent[] = [
  { event: 'phase-started', phase: 2, parent: 1, title: 'Build web' },
  { event: 'output', phase: 2, source: 'builder', line: 'step 1' },
  { event: 'note', phase: 2, line: 'cached' },
  { event: 'warning', message: 'Old.', place: { file: 'drayage.yml', line: 1, column: 2 } },
  { event: 'phase-finished', phase: 2, title: 'Build web', outcome: 'done', milliseconds: 5 },
];

function printed(): Record<string, unknown>[] {
  const lines: string[] = [];
  const view = jsonView((text) => lines.push(text));
  for (const event of full) view.show(event);
  view.output?.('image', 'shop');
  const failure = { code: 'BUILD_FAILED', message: 'm', hint: 'h', at: { file: 'f' }, output: 'o' } as const;
  view.end({ title: 'up', outcome: 'failed', exitStatus: 1, milliseconds: 9, failures: [failure] });
  return lines.map((line) => JSON.parse(line));
}

describe('docs/log-format.md', () => {
  it('has every event and every field that is printed, and no other', () => {
    const said = Object.fromEntries(
      [...page.matchAll(/^## ([a-z-]+)\n([\s\S]*?)(?=^## |$(?![\s\S]))/gm)].map(([, name = '', section = '']) => {
        return [name, [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, field]) => field).sort()];
      }),
    );
    const shown = Object.fromEntries(
      printed().map(({ event, at, ...fields }) => {
        expect(typeof at).toBe('number');
        return [event, Object.keys(fields).sort()];
      }),
    );
    expect(said).toEqual(shown);
    expect(Object.keys(logEvents).sort()).toEqual(Object.keys(shown).sort());
  });

  it('says of every field what kind of value it has', () => {
    const kinds = { number: 'number', text: 'string', place: 'object' } as const;
    for (const { event, at: _at, ...fields } of printed()) {
      const documented: Readonly<Record<string, { type: keyof typeof kinds }>> =
        logEvents[event as keyof typeof logEvents].fields;
      for (const [name, value] of Object.entries(fields)) {
        expect(`${name}: ${typeof value}`).toBe(`${name}: ${kinds[documented[name]?.type ?? 'text']}`);
      }
    }
  });

  it('keeps the names that it promised', () => {
    // A reader of version 1 relies on these. Adding is free; a line that has to go is a new major version.
    const promised = {
      'phase-started': ['phase', 'parent', 'title'],
      output: ['phase', 'source', 'line'],
      note: ['phase', 'line'],
      warning: ['message', 'place'],
      'phase-finished': ['phase', 'title', 'outcome', 'milliseconds'],
      'output-set': ['name', 'value'],
      error: ['code', 'message', 'hint', 'place', 'output'],
      result: ['title', 'outcome', 'exitStatus', 'milliseconds'],
    };
    for (const [event, fields] of Object.entries(promised)) {
      expect(Object.keys(logEvents[event as keyof typeof logEvents].fields)).toEqual(expect.arrayContaining(fields));
    }
  });
});
