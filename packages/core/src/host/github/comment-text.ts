import { readableDuration } from '../../report/duration.ts';
import { code, codeBlock, escapeMarkdown } from '../../report/markdown.ts';
import { deployedTable, failureSection } from '../../report/summary.ts';
import type { Ending, Subject } from './follow.ts';

/** What one run says. A comment holds a part for every run that was about other services of the project. */
export interface Part {
  readonly services: readonly string[];
  readonly text: string;
}

/** Characters; GitHub refuses a comment of more than 65536. */
const largest = 65_000;
/** Of what a dry run says would change. */
const mostLines = 200;
const mostOfPart = 20_000;

/** Stands first in the comment, unseen, so that later runs find it. */
export function markerOf(project: string, environment: string): string {
  return `<!-- drayage:${encodeURIComponent(project)}:${encodeURIComponent(environment)} -->`;
}

const partMarker = (services: readonly string[]) =>
  `<!-- drayage-part:${services.map(encodeURIComponent).join(',')} -->`;
const anyPart = /^<!-- drayage-part:(\S+) -->\n/gm;

/** The comment's text, with the parts of an earlier one that are about other services. */
export function commentText(project: string, environment: string, part: Part, earlier?: string): string {
  const kept = (earlier === undefined ? [] : partsOf(earlier)).filter(
    ({ services }) => !services.every((name) => part.services.includes(name)),
  );
  const head = `${markerOf(project, environment)}\n### Drayage: ${escapeMarkdown(project)}, ${escapeMarkdown(environment)}\n`;
  const write = (parts: readonly Part[]) =>
    [...parts]
      .sort((one, other) => one.services.join().localeCompare(other.services.join()))
      .reduce((text, { services, text: words }) => `${text}\n${partMarker(services)}\n${words}\n`, head);
  while (kept.length > 0 && write([...kept, part]).length > largest) kept.shift();
  return write([...kept, part]);
}

/** The parts of a comment's text, as they stand. */
export function partsOf(text: string): Part[] {
  const [, ...pieces] = text.replaceAll('\r\n', '\n').split(anyPart);
  const parts: Part[] = [];
  for (let index = 0; index + 1 < pieces.length; index += 2) {
    parts.push({ services: decoded(pieces[index] ?? ''), text: (pieces[index + 1] ?? '').trim() });
  }
  return parts;
}

function decoded(services: string): string[] {
  try {
    return services.split(',').map(decodeURIComponent);
  } catch {
    return [];
  }
}

/** What became of the run, or what a dry run says would change. All text from outside is escaped. */
export function partOf(subject: Subject, ending: Ending, runUrl: string | undefined): Part {
  const { services, sha, command, dryRun } = subject;
  const { outcome, milliseconds, failures, deployed, foreseen } = ending;
  const about = escapeMarkdown(services.join(', '));
  const facts = [
    `**${about}: ${wordFor(subject, ending)}**`,
    `${code(command)}${dryRun ? ', a dry run' : ''}`,
    readableDuration(milliseconds),
    `commit ${sha.slice(0, 7)}`,
    ...(runUrl === undefined ? [] : [`[log](${runUrl})`]),
  ];
  const sections = [
    facts.join(' · '),
    ...failures.map((failure) => failureSection({ ...failure, output: undefined })),
    outcome === 'done' && deployed.length > 0 ? deployedTable(deployed) : undefined,
    dryRun && foreseen.length > 0 ? codeBlock(cut(foreseen)) : undefined,
  ];
  const text = sections.filter((each) => each !== undefined).join('\n\n');
  // No line of a plan may look like the beginning of another part.
  return { services: [...services].sort(), text: text.replace(/^(?=<!-- drayage)/gm, ' ') };
}

function wordFor({ dryRun }: Subject, { outcome, status }: Ending): string {
  if (outcome !== 'done') return outcome;
  if (dryRun) return status === 'unchanged' ? 'nothing would change' : 'this would change';
  return status === 'unchanged' ? 'unchanged' : 'deployed';
}

function cut(lines: readonly string[]): string {
  let text = '';
  for (const [index, line] of lines.entries()) {
    if (index === mostLines || text.length + line.length > mostOfPart) {
      return `${text}… and ${lines.length - index} lines more, in the log`;
    }
    text += `${line}\n`;
  }
  return text;
}
