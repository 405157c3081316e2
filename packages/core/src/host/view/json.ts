import type { ErrorCode } from '../../errors/codes.ts';
import type { Location } from '../../errors/drayage-error.ts';
import type { PhaseRecord } from '../../report/report.ts';
import type { Print, ReportEvent, View } from './event.ts';

/** Everything that is printed: what happens, and at the end outputs, failures and the result. docs/log-format.md is made of it. */
export type JsonEvent =
  | ReportEvent
  | { readonly event: 'output-set'; readonly name: string; readonly value: string }
  | {
      readonly event: 'error';
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint?: string;
      readonly place?: Location;
      readonly output?: string;
    }
  | {
      readonly event: 'result';
      readonly title: string;
      readonly outcome: PhaseRecord['outcome'];
      readonly exitStatus: number;
      readonly milliseconds: number;
    };

/** One event a line. `result` is the last one. */
export function jsonView(print: Print, now: () => number = Date.now): View {
  const line = (event: JsonEvent) => print(`${JSON.stringify({ at: now(), ...event })}\n`);
  return {
    show: line,
    output: (name, value) => line({ event: 'output-set', name, value }),
    end: ({ title, outcome, exitStatus, milliseconds, failures }) => {
      for (const { code, message, hint, at, output } of failures) {
        line({ event: 'error', code, message, hint, place: at, output });
      }
      line({ event: 'result', title, outcome, exitStatus, milliseconds });
    },
  };
}
