import type { Failure } from '../../report/failure.ts';
import type { Report } from '../../report/report.ts';
import type { Deployed } from '../../report/summary.ts';
import { type Deadline, deadline } from './attempts.ts';
import type { PullRequest } from './event.ts';
import type { Repository } from './repository.ts';

/** What a run is about. */
export interface Subject {
  readonly sha: string;
  readonly environment: string;
  /** undefined where drayage.yml could not be read: nothing is deployed then. */
  readonly project: string | undefined;
  readonly services: readonly string[];
  readonly command: string;
  readonly title?: string;
  readonly dryRun: boolean;
}

/** How it ended. */
export interface Ending {
  readonly outcome: 'done' | 'failed' | 'cancelled';
  readonly milliseconds: number;
  readonly failures: readonly Failure[];
  readonly deployed: readonly Deployed[];
  /** `done`, `unchanged` or `planned`. */
  readonly status?: string;
  /** Where the services answer. */
  readonly url?: string;
  /** What a dry run says would change, line by line. */
  readonly foreseen: readonly string[];
}

/** What everything that GitHub is told of a run needs to know. */
export interface FollowOptions {
  readonly repository: Repository;
  /** Of this run. */
  readonly runUrl: string | undefined;
  readonly pullRequest: PullRequest | undefined;
  /** Repository the pull request comes from, where its token can only read. */
  readonly fork: string | undefined;
  readonly report: Pick<Report, 'warn'>;
  readonly redact: (text: string) => string;
}

/** One thing that GitHub is told. Never throws: a deployment that worked has worked. */
export interface Teller {
  begin?(within: Deadline, subject: Subject): Promise<void>;
  end(within: Deadline, subject: Subject, ending: Ending): Promise<void>;
}

/** Milliseconds. */
export interface Patience {
  /** Before the beginning is told: loading the API client must not delay the first connection. */
  readonly start: number;
  /** For what is told while the run goes on. */
  readonly meanwhile: number;
  /** For all that is told at the end together: nobody should wait for it. */
  readonly end: number;
  /** The same where the run was cancelled: the CI ends the process soon. */
  readonly cancelled: number;
}

const usual: Patience = { start: 500, meanwhile: 10_000, end: 5000, cancelled: 2000 };

/** A run that GitHub is told of. */
export interface FollowedRun {
  /** Resolves when GitHub has answered, or has not for too long. */
  end(ending: Ending): Promise<void>;
}

/** Tells the beginning soon after the start, and what became of the run at its end. `subject` is undefined where there is no commit. */
export function followRun(
  report: Pick<Report, 'warn'>,
  tellers: readonly Teller[],
  subject: () => Promise<Subject | undefined>,
  patience: Patience = usual,
): FollowedRun {
  const over = new AbortController();
  let begun: Promise<unknown> = Promise.resolve();
  const begin = async () => {
    const about = await subject();
    if (about === undefined) return;
    using within = deadline(patience.meanwhile, over.signal);
    await Promise.all(tellers.map((teller) => teller.begin?.(within, about)));
  };
  const timer = setTimeout(() => {
    begun = begin().catch(() => undefined);
  }, patience.start);
  return {
    end: async (ending) => {
      clearTimeout(timer);
      using within = deadline(ending.outcome === 'cancelled' ? patience.cancelled : patience.end);
      // What was begun may take no longer than the end may.
      within.signal.addEventListener('abort', () => over.abort());
      await begun;
      try {
        const about = await subject();
        if (about !== undefined) await Promise.all(tellers.map((teller) => teller.end(within, about, ending)));
      } catch (error) {
        report.warn(`GitHub was not told of this run: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
  };
}
