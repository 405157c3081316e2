import { readableDuration } from './duration.ts';
import { type Failure, helpOn, placeText } from './failure.ts';
import { code, codeBlock, details, escapeMarkdown, table } from './markdown.ts';
import type { PhaseRecord } from './report.ts';
import { timeline } from './timeline.ts';

/** What one service runs now, and where. */
export interface Deployed {
  readonly service: string;
  readonly image?: string;
  readonly digest?: string;
  readonly nodes?: readonly string[];
  readonly url?: string;
  /** `done`, or how it ended. */
  readonly status?: string;
}

export interface Summary {
  readonly title: string;
  readonly outcome: 'done' | 'failed' | 'cancelled';
  readonly milliseconds: number;
  readonly phases: readonly PhaseRecord[];
  readonly deployed: readonly Deployed[];
  /** Markdown that steps have added: what scans found. */
  readonly sections?: readonly string[];
  readonly failures: readonly Failure[];
}

/** Bytes; GitHub refuses a summary over 1 MiB as a whole. */
const largest = 900_000;

/** The job summary as Markdown: outcome, what runs where, steps, timeline. All text from outside is escaped. */
export function summaryText(summary: Summary): string {
  const { title, outcome, milliseconds, phases, deployed, sections: added = [], failures } = summary;
  const words = { done: 'done', failed: 'failed', cancelled: 'cancelled' } as const;
  const chart = timeline(title, phases);
  const sections = [
    `## ${escapeMarkdown(title)}: ${words[outcome]} in ${readableDuration(milliseconds)}`,
    ...failures.map(failureSection),
    deployed.length === 0 ? undefined : deployedTable(deployed),
    ...added,
    phases.length === 0 ? undefined : table(['step', 'duration', 'outcome'], phases.map(phaseRow)),
    chart === undefined ? undefined : codeBlock(chart, 'mermaid'),
  ].filter((section) => section !== undefined);
  let text = '';
  for (const section of sections) {
    const next = `${text}${section}\n\n`;
    if (Buffer.byteLength(next) > largest) return `${text}The rest does not fit into a summary.\n`;
    text = next;
  }
  return text;
}

export function failureSection({ message, hint, at, code: name, output }: Failure): string {
  const place = at === undefined ? '' : `${code(placeText(at))} `;
  const lines = [`> [!CAUTION]`, `> ${place}${escapeMarkdown(message)}`];
  if (hint !== undefined) lines.push('>', `> ${escapeMarkdown(hint)}`);
  lines.push('>', `> ${code(name)} · more: ${code(`npx ${helpOn(name)}`)}`);
  if (output !== undefined && output.trim() !== '') {
    lines.push('', details('Output', codeBlock(output.trimEnd().split('\n').slice(-100).join('\n'))));
  }
  return lines.join('\n');
}

export function deployedTable(deployed: readonly Deployed[]): string {
  const rows = deployed.map(({ service, image, digest, nodes, url, status }) => [
    escapeMarkdown(service),
    image === undefined ? '' : code(image),
    digest === undefined ? '' : code(digest.replace(/^(sha256:.{12}).*$/, '$1')),
    escapeMarkdown(nodes?.join(', ') ?? ''),
    url === undefined ? '' : link(url),
    escapeMarkdown(status ?? ''),
  ]);
  return table(['service', 'image', 'digest', 'servers', 'URL', 'status'], rows);
}

/** Only what is certainly a web address becomes a link. */
function link(url: string): string {
  return /^https?:\/\/[A-Za-z0-9.:/_-]+$/.test(url) ? `<${url}>` : escapeMarkdown(url);
}

function phaseRow({ title, startedAt, finishedAt, outcome }: PhaseRecord): string[] {
  return [escapeMarkdown(title), readableDuration(finishedAt - startedAt), outcome];
}
