import type { Report } from '../../report/report.ts';
import { type Refusal, refusalOf } from './refusal.ts';

/** How long requests may take: a moment that all of them share. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  readonly milliseconds: number;
}

/**
 * `sooner` ends it before its time. A timer of our own and no AbortSignal.timeout(): that one may be collected as garbage
 * while a request still waits for it.
 */
export function deadline(milliseconds: number, sooner?: AbortSignal): Deadline {
  const controller = new AbortController();
  const end = () => controller.abort(new Error('The time is up.'));
  const timer = setTimeout(end, milliseconds);
  sooner?.addEventListener('abort', end);
  return {
    signal: controller.signal,
    milliseconds,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      sooner?.removeEventListener('abort', end);
    },
  };
}

/** The same as the work, but never later than the deadline: whatever the work does with the signal. */
async function inTime<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let giveUp = () => {};
  const late = new Promise<never>((_, reject) => {
    giveUp = () => reject(signal.reason);
    signal.addEventListener('abort', giveUp);
  });
  try {
    return await Promise.race([work(signal), late]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

export interface AttemptsOptions {
  /** What holds where it goes wrong: `The commit status was not set`. */
  readonly otherwise: string;
  /** The line below `permissions:` that it needs. */
  readonly permission: string;
  readonly fork: string | undefined;
  readonly report: Pick<Report, 'warn'>;
}

/** The attempts to tell GitHub one thing. They never throw: what is still wrong at the end of the run is one warning. */
export class Attempts {
  readonly #options: AttemptsOptions;
  #refusal: Refusal | undefined;

  constructor(options: AttemptsOptions) {
    this.#options = options;
  }

  /** Nothing is tried again once GitHub has refused for good; undefined then, and where it goes wrong now. */
  async make<T>(within: Deadline, work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    if (this.#refusal?.isFinal === true) return undefined;
    try {
      const done = await inTime(within.signal, work);
      this.#refusal = undefined;
      return done;
    } catch (error) {
      const { permission, fork } = this.#options;
      const waited = within.signal.aborted ? within.milliseconds : undefined;
      this.#refusal = refusalOf(error, { permission, fork, waited });
      return undefined;
    }
  }

  /** Says what went wrong and was not put right, once. */
  tell(): void {
    if (this.#refusal !== undefined) this.#options.report.warn(`${this.#options.otherwise}: ${this.#refusal.reason}`);
    this.#refusal = undefined;
  }
}
