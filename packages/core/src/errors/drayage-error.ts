import { type ErrorCode, exitStatusOf } from './codes.ts';

/** Where in a file the cause of an error stands. Lines and columns count from 1. */
export interface Location {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

export interface ErrorDetails {
  /** What to do next; when it is a command, ready to paste. */
  readonly hint?: string;
  readonly at?: Location;
  readonly cause?: unknown;
  /** Output of the tool that failed, shown folded below the message. Redacted by the reporter. */
  readonly output?: string;
}

/** An error meant for the user: what failed, on what, with the value, and what was expected. */
export class DrayageError extends Error {
  override readonly name = 'DrayageError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly at: Location | undefined;
  readonly output: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.at = details.at;
    this.output = details.output;
  }

  get exitStatus(): number {
    return exitStatusOf(this.code);
  }
}

/** Several errors found at once, so that the user mends all of them in one go. */
export class ManyErrors extends Error {
  override readonly name = 'ManyErrors';
  readonly errors: readonly DrayageError[];

  constructor(errors: readonly DrayageError[]) {
    super(errors.map((error) => error.message).join('\n'));
    this.errors = errors;
  }
}

/** Throws nothing for none, the error itself for one, and ManyErrors for several. */
export function throwAll(errors: readonly DrayageError[]): void {
  const [first, ...rest] = errors;
  if (first === undefined) return;
  throw rest.length === 0 ? first : new ManyErrors(errors);
}
