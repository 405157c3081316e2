import type { Location } from '../../errors/drayage-error.ts';
import type { Failure } from '../../report/failure.ts';
import type { PhaseRecord } from '../../report/report.ts';

/**
 * What happens, in order, redacted. `--log-format json` prints exactly these, one a line; names and fields are stable.
 * `phase` numbers phases from 1; `at` of an event is milliseconds since the epoch.
 */
export type ReportEvent =
  | { readonly event: 'phase-started'; readonly phase: number; readonly parent?: number; readonly title: string }
  | { readonly event: 'output'; readonly phase: number; readonly source?: string; readonly line: string }
  | { readonly event: 'note'; readonly phase?: number; readonly line: string }
  | { readonly event: 'warning'; readonly message: string; readonly place?: Location }
  | {
      readonly event: 'phase-finished';
      readonly phase: number;
      readonly title: string;
      readonly outcome: PhaseRecord['outcome'];
      readonly milliseconds: number;
    };

/** How a run ended. */
export interface Ending {
  readonly title: string;
  readonly outcome: PhaseRecord['outcome'];
  readonly exitStatus: number;
  readonly milliseconds: number;
  readonly failures: readonly Failure[];
}

/** Where events are shown: a terminal, a log of a CI, a stream of JSON. */
export interface View {
  show(event: ReportEvent): void;
  /** A value that must never be shown was learnt; CI hosts that can mask are told. */
  mask?(value: string): void;
  output?(name: string, value: string): void;
  end(ending: Ending): void;
}

/** Where text goes. */
export type Print = (text: string) => void;
