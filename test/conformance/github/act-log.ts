/** One line of act's log, as it writes it with --json. */
export interface LogEntry {
  readonly msg: string;
  readonly time: string;
  readonly job?: string;
  readonly jobID?: string;
  readonly step?: string;
  readonly stage?: string;
  /** A line that a step printed, and not act. */
  readonly raw_output?: boolean;
  /** A workflow command that act obeyed. */
  readonly command?: string;
  readonly stepResult?: string;
  readonly jobResult?: string;
}

export function readLog(output: string): LogEntry[] {
  return output.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as LogEntry];
    } catch {
      return [];
    }
  });
}

/** What steps printed, and nothing of act's own. */
export function printed(entries: readonly LogEntry[]): string {
  return entries.map(({ msg }) => msg).join('\n');
}

const command = /^\s*\S+\s+::(group|error|warning|notice)(?: ([^:]*))?::(.*)$/;

/** Workflow commands of one kind that act obeyed, in order: their text. */
export function commandsOf(entries: readonly LogEntry[], kind: 'group' | 'error' | 'warning'): string[] {
  return entries.flatMap(({ msg }) => {
    const [, found, , text = ''] = command.exec(msg) ?? [];
    return found === kind ? [text.trim()] : [];
  });
}

/** Outputs of steps, the last of each name. act prints them; GitHub's runner does not. */
export function outputsOf(entries: readonly LogEntry[]): Record<string, string> {
  const found = entries.flatMap(({ msg }) => /::set-output:: ([\w-]+)=(.*)$/s.exec(msg) ?? []);
  return Object.fromEntries(chunks(found));
}

function chunks(found: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index < found.length; index += 3) pairs.push([found[index + 1] ?? '', found[index + 2] ?? '']);
  return pairs;
}
