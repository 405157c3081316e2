/** What a code means to its reader, in the words TROUBLESHOOTING.md and `drayage help` print. */
interface Explanation {
  /** One or two sentences: what happened. */
  readonly means: string;
  /** What to do, as Markdown; commands in backticks. */
  readonly fix: string;
  /** Exit status of the process; 1 unless the user's input is at fault (64) or the run was cancelled (130). */
  readonly exit?: 1 | 64 | 130;
}

const explanations = {
  // General
  CANCELLED: {
    means: 'The run was cancelled. Remote work it had started was ended; what served before still serves.',
    fix: 'Start the run again.',
    exit: 130,
  },
  INTERNAL_BUG: {
    means: 'Drayage met a situation its authors did not think of.',
    fix: 'Please report it with the stack trace that was printed.',
  },
  // Inputs and drayage.yml
  CONFIG_INVALID: {
    means: 'A value in drayage.yml is not what the schema allows.',
    fix: 'Mend the line and column that the message names, then run `drayage validate`.',
    exit: 64,
  },
  INPUT_INVALID: {
    means: 'An input (flag, environment variable or action input) has a value that is not allowed.',
    fix: 'Give the input one of the values the message names; `drayage <command> --help` lists them.',
    exit: 64,
  },
  NOT_SUPPORTED_YET: {
    means: 'The key is part of the schema but does nothing yet, so it is refused instead of being ignored.',
    fix: 'Remove the key.',
    exit: 64,
  },
} as const satisfies Record<string, Explanation>;

export type ErrorCode = keyof typeof explanations;

export const errorCodes = Object.keys(explanations).sort() as readonly ErrorCode[];

export function explain(code: ErrorCode): Explanation {
  return explanations[code];
}

export function exitStatusOf(code: ErrorCode): number {
  return explain(code).exit ?? 1;
}
