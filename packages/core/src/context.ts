import type { Programs } from './programs.ts';
import type { Report } from './report/report.ts';
import type { Server } from './transport/server.ts';

/** What every step is given: how to reach servers, how to speak, when to stop. */
export interface Context {
  readonly report: Report;
  /** Aborted when the run is cancelled. */
  readonly signal: AbortSignal;
  /** Connects once per server and process; the same promise for the same name. */
  connect(serverName: string): Promise<Server>;
  /** Programs of this machine; absent where a caller offers none. */
  readonly programs?: () => Promise<Programs>;
  /** Who runs this: for locks and records. */
  readonly run: RunIdentity;
}

export interface RunIdentity {
  /** Unique per run and attempt, letters, digits and hyphens: names jobs and locks. */
  readonly id: string;
  /** For people: "GitHub run 42 by alice" or "alice@laptop". */
  readonly who: string;
  readonly url?: string;
}
