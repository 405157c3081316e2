import type { Location } from '../errors/drayage-error.ts';

/** A phase that is running: what it prints goes below its title. */
export interface Phase {
  /** Output of a tool, as it arrives, in any chunking. `source` (a server's name) prefixes its lines when several speak at once. */
  output(chunk: string, source?: string): void;
  /** One line of ours. */
  note(line: string): void;
}

/** One finished phase, as the summary and the timeline show it. Times are milliseconds since the epoch. */
export interface PhaseRecord {
  readonly title: string;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly outcome: 'done' | 'failed' | 'cancelled';
}

/**
 * How the domain speaks to whoever watches. Implemented by the CI hosts and the terminal; every text passes
 * through redaction there. Phases may run in parallel; an implementation keeps their lines apart.
 */
export interface Report {
  /** Runs `work` as a named phase: a group on CI, a line with a duration on a terminal. Rethrows what `work` throws. */
  phase<T>(title: string, work: (phase: Phase) => Promise<T>): Promise<T>;
  /** One line outside any phase. */
  note(line: string): void;
  /** A warning; an annotation on CI. */
  warn(message: string, at?: Location): void;
  /** From now on `value`, and its encodings, are replaced wherever anything is printed. */
  mask(value: string): void;
  readonly phases: readonly PhaseRecord[];
}
