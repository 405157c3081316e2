/** What a code means to its reader, in the words TROUBLESHOOTING.md and `drayage help` print. */
export interface Explanation {
  /** One or two sentences: what happened. */
  readonly means: string;
  /** What to do, as Markdown; commands in backticks. */
  readonly fix: string;
  /** Exit status of the process; 1 unless the user's input is at fault (64) or the run was cancelled (130). */
  readonly exit?: 1 | 64 | 130;
}
