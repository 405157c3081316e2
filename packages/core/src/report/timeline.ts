import type { PhaseRecord } from './report.ts';

/** Mermaid draws no more in a readable way. */
const most = 60;

/** A Mermaid gantt chart of the phases, or nothing for fewer than two. */
export function timeline(title: string, phases: readonly PhaseRecord[]): string | undefined {
  if (phases.length < 2) return undefined;
  const rows = [...phases]
    .sort((a, b) => b.finishedAt - b.startedAt - (a.finishedAt - a.startedAt))
    .slice(0, most)
    .sort((a, b) => a.startedAt - b.startedAt)
    .map(({ title: name, outcome, startedAt, finishedAt }, index) => {
      const tag = outcome === 'done' ? 'done' : 'crit';
      return `    ${plain(name)} :${tag}, p${index}, ${startedAt}, ${Math.max(finishedAt, startedAt + 1)}`;
    });
  const head = ['gantt', `    title ${plain(title)}`, '    dateFormat x', '    axisFormat %H:%M:%S'];
  return [...head, ...rows].join('\n');
}

/** The grammar gives `:`, `,`, `;`, `#` and `%%` a meaning; nothing escapes them. */
function plain(text: string): string {
  const words = text
    .replace(/[^\p{L}\p{N} ._/@()+-]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return (words === '' ? 'step' : words).slice(0, 80);
}
