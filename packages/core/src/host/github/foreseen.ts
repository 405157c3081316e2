import type { ReportEvent } from '../view/event.ts';

/** Lines kept of one run. */
const most = 2000;

/** Keeps what a dry run says would change: the notes of each phase, below its title. */
export function foreseen(): { take(event: ReportEvent): void; lines(): string[] } {
  const titles = new Map<number, string>();
  const notes = new Map<number | undefined, string[]>();
  let count = 0;
  return {
    take: (event) => {
      if (event.event === 'phase-started') titles.set(event.phase, event.title);
      if (event.event !== 'note' || count === most) return;
      count += 1;
      const phase = notes.get(event.phase) ?? [];
      notes.set(event.phase, phase);
      phase.push(event.line);
    },
    lines: () =>
      [...notes].flatMap(([phase, lines]) => {
        const title = phase === undefined ? undefined : titles.get(phase);
        return title === undefined ? lines : [title, ...lines.map((line) => `  ${line}`)];
      }),
  };
}
