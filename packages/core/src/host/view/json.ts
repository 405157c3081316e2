import type { Print, ReportEvent, View } from './event.ts';

/** One event a line. `result` is the last one. */
export function jsonView(print: Print, now: () => number = Date.now): View {
  const line = (fields: Record<string, unknown>) => print(`${JSON.stringify({ at: now(), ...fields })}\n`);
  return {
    show: (event: ReportEvent) => line({ ...event }),
    output: (name, value) => line({ event: 'output-set', name, value }),
    end: ({ title, outcome, exitStatus, milliseconds, failures }) => {
      for (const { code, message, hint, at, output } of failures) {
        line({ event: 'error', code, message, hint, place: at, output });
      }
      line({ event: 'result', title, outcome, exitStatus, milliseconds });
    },
  };
}
