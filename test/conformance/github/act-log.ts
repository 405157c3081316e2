/** One line of act's log, as it writes it with --json. */
export interface LogEntry {
  readonly msg: string;
  /** Name of the job; the jobs of a matrix have a number each. */
  readonly job?: string;
  /** What the workflow names, and the ids of the step and of those inside of it. */
  readonly step?: string;
  readonly stepID?: readonly string[];
  readonly stage?: 'Pre' | 'Main' | 'Post';
  /** A workflow command that act obeyed, or an output or a summary that it read from a file. */
  readonly command?: string;
  readonly arg?: string;
  readonly kvPairs?: Readonly<Record<string, string>>;
  readonly name?: string;
  /** Text of a summary. */
  readonly content?: string;
  readonly stepResult?: string;
  /** Of a step, in nanoseconds. */
  readonly executionTime?: number;
}

export function readLog(output: string): LogEntry[] {
  return output.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as LogEntry];
    } catch {
      return line === '' ? [] : [{ msg: line }];
    }
  });
}

/**
 * Everything a log holds but what GitHub's runner keeps to itself: the masks themselves. act prints in plain what it is
 * asked to hide, beside the asterisks; and outputs and summaries, which GitHub's log does not show and which must hold no
 * secret either.
 */
export function wholeLog(entries: readonly LogEntry[]): string {
  return entries
    .filter(({ command }) => command !== 'add-mask')
    .map(({ msg, arg = '', content = '', kvPairs = {} }) => [msg, arg, content, ...Object.values(kvPairs)].join('\n'))
    .join('\n');
}

/** Workflow commands of one kind that act obeyed, in order. */
export function commandsOf(entries: readonly LogEntry[], kind: string): LogEntry[] {
  return entries.filter(({ command }) => command === kind);
}

/** The titles of a log when all groups are folded. Throws when a group is left open, or opened inside of another. */
export function groupsOf(entries: readonly LogEntry[]): string[] {
  const titles: string[] = [];
  const open = new Map<string | undefined, string>();
  for (const { command, arg = '', job } of entries) {
    if (command === 'group') {
      if (open.has(job)) throw new Error(`The group "${arg}" begins inside of "${open.get(job)}".`);
      open.set(job, arg);
      titles.push(arg);
    } else if (command === 'endgroup') open.delete(job);
  }
  if (open.size > 0) throw new Error(`Groups are left open: ${[...open.values()].join(', ')}.`);
  return titles;
}

/** Outputs of all steps, the last of each name. */
export function outputsOf(entries: readonly LogEntry[]): Record<string, string> {
  return Object.fromEntries(
    commandsOf(entries, 'set-output').map(({ name = '', arg = '' }): [string, string] => [name, arg]),
  );
}

/** Seconds that Drayage's own process took in each of the composite actions, in order: by the name of the action. */
export function secondsOf(entries: readonly LogEntry[]): [action: string, seconds: number][] {
  return entries
    .filter(
      ({ stage, stepID, executionTime }) => stage === 'Main' && stepID?.at(-1) === 'run' && executionTime !== undefined,
    )
    .map(({ step = '', executionTime = 0 }) => [step.replace(/^.*\/(.*)@.*$/, '$1'), executionTime / 1e9]);
}
