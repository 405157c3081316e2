import { type ErrorCode, exitStatusOf } from '../errors/codes.ts';
import { DrayageError, type Location, ManyErrors } from '../errors/drayage-error.ts';

/** One error as it is shown. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly at?: Location;
  /** Last lines of the tool that failed, or the stack of an error nobody foresaw. */
  readonly output?: string;
}

/**
 * Anything thrown, as failures; what is not a DrayageError is a mistake of ours and shown with its stack. What several
 * steps ran into, such as a server that both of them need, is told once.
 */
export function failuresOf(error: unknown): readonly Failure[] {
  return [...new Set(flat(error))].map(failureOf);
}

function flat(error: unknown): unknown[] {
  if (error instanceof ManyErrors) return error.errors.flatMap(flat);
  const isOurs = error instanceof AggregateError && error.errors.some((inner) => inner instanceof DrayageError);
  return isOurs ? error.errors.flatMap(flat) : [error];
}

function failureOf(error: unknown): Failure {
  if (error instanceof DrayageError) {
    const { code, message, hint, at, output } = error;
    return { code, message, hint, at, output };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'INTERNAL_BUG',
    message: `Drayage met an error it does not know: ${message}`,
    hint: 'This is a bug in Drayage. Please report it with the lines below.',
    output: error instanceof Error ? stackOf(error) : undefined,
  };
}

function stackOf(error: Error): string {
  const stack = error.stack ?? error.message;
  return error.cause instanceof Error ? `${stack}\nCaused by: ${stackOf(error.cause)}` : stack;
}

/** 64 when all of it is the user's input; a cancelled run is 130. */
export function exitStatusOfAll(failures: readonly Failure[]): number {
  const statuses = new Set(failures.map(({ code }) => exitStatusOf(code)));
  const [only] = statuses;
  return statuses.size === 1 && only !== undefined ? only : 1;
}

/** What to type to be told more of a code. */
export function helpOn(code: ErrorCode): string {
  return `drayage help ${code}`;
}

/** `file:line:column` of a place. */
export function placeText(at: Location): string {
  return [at.file, at.line, at.line === undefined ? undefined : at.column]
    .filter((part) => part !== undefined)
    .join(':');
}
