import type { Phase, Report } from './report.ts';

/** Phases that follow one another while a single piece of work runs: a job that prints where it has come to. */
export class Stages {
  readonly #report: Report;
  #stage: Stage | undefined;
  /** Lines from before the first stage. */
  #early = '';

  constructor(report: Report) {
    this.#report = report;
  }

  /** Ends the running phase as done and begins the next. */
  next(title: string): void {
    this.#stage?.end();
    this.#stage = begin(this.#report, title);
    if (this.#early !== '') this.#stage.output(this.#early);
    this.#early = '';
  }

  output(chunk: string): void {
    if (this.#stage === undefined) this.#early += chunk;
    else this.#stage.output(chunk);
  }

  /** Ends the running phase as done, or as failed; resolves when it is reported. Never rejects. */
  async end(failure?: unknown): Promise<void> {
    this.#stage?.end(failure);
    await this.#stage?.reported;
    this.#stage = undefined;
  }
}

interface Stage {
  output(chunk: string): void;
  end(failure?: unknown): void;
  readonly reported: Promise<void>;
}

function begin(report: Report, title: string): Stage {
  let phase: Phase | undefined;
  let waiting = '';
  let end: (failure?: unknown) => void = () => undefined;
  const over = new Promise<void>((resolve, reject) => {
    end = (failure) => (failure === undefined ? resolve() : reject(failure));
  });
  const reported = report
    .phase(title, (given) => {
      phase = given;
      if (waiting !== '') given.output(waiting);
      return over;
    })
    .catch(() => undefined);
  // The failure is thrown by whoever called `end`; here it only marks the phase.
  over.catch(() => undefined);
  return {
    output: (chunk) => {
      if (phase === undefined) waiting += chunk;
      else phase.output(chunk);
    },
    end,
    reported,
  };
}
