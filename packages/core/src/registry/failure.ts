import { setTimeout as sleep } from 'node:timers/promises';
import pRetry from 'p-retry';
import { DrayageError } from '../errors/drayage-error.ts';

/** Something between us and the registry failed, or the registry asked us to come back later: trying again may help. */
export class TransientFailure extends Error {
  override readonly name = 'TransientFailure';
  /** What is reported when no attempt succeeds. */
  readonly verdict: DrayageError;
  /** Milliseconds the registry asked us to wait. */
  readonly wait: number | undefined;

  constructor(verdict: DrayageError, wait?: number) {
    super(verdict.message, { cause: verdict.cause });
    this.verdict = verdict;
    this.wait = wait;
  }
}

export interface RetryPolicy {
  /** Attempts after the first one. */
  readonly retries: number;
  /** Milliseconds before the second attempt; doubled for each further one, and spread by up to twice. */
  readonly firstDelay: number;
  /** Milliseconds that no pause exceeds. */
  readonly longestDelay?: number;
  readonly signal?: AbortSignal;
  /** Called before each pause, for the log. */
  readonly onRetry?: (reason: string, attempt: number) => void;
}

/** A registry that asks for more patience than this is reported instead of waited for. */
const longestWait = 60_000;

/**
 * Runs `work` again, with growing and random pauses, while it throws TransientFailure; any other error ends it at once. An aborted
 * signal ends it with CANCELLED.
 */
export async function retryTransient<T>(work: (attempt: number) => Promise<T>, policy: RetryPolicy): Promise<T> {
  const { signal } = policy;
  try {
    return await pRetry(work, {
      retries: policy.retries,
      minTimeout: policy.firstDelay,
      maxTimeout: policy.longestDelay,
      factor: 2,
      randomize: true,
      signal,
      shouldRetry: ({ error }) => error instanceof TransientFailure && (error.wait ?? 0) <= longestWait,
      onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
        if (!(error instanceof TransientFailure) || retriesLeft === 0) return;
        const wait = error.wait ?? 0;
        if (wait > longestWait) return;
        policy.onRetry?.(error.verdict.message, attemptNumber);
        if (wait > 0) await sleep(wait, undefined, { signal });
      },
    });
  } catch (error) {
    if (signal?.aborted === true) throw new DrayageError('CANCELLED', 'The run was cancelled.', { cause: error });
    throw error instanceof TransientFailure ? error.verdict : error;
  }
}

/** Milliseconds from a `Retry-After` header: seconds or a date (RFC 9110, 10.2.3); undefined when it is neither. */
export function retryAfter(header: string | readonly string[] | undefined, now = Date.now()): number | undefined {
  const text = typeof header === 'string' ? header.trim() : header?.[0]?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
