import { readableDuration } from '../../report/duration.ts';
import type { ReportEvent } from './event.ts';
import { Foreground } from './foreground.ts';

/** How a CI folds lines: one group is open at a time, because GitHub cannot nest them. */
export interface Groups {
  open(phase: number, title: string): void;
  close(phase: number): void;
  line(text: string): void;
}

/** Shows phases as groups. A phase that goes on after one inside it opens a second group of its name. */
export function groupedEvents(groups: Groups): (event: ReportEvent) => void {
  const titles = new Map<number, string>();
  /** Lines that belong to no group wait for the open one to end. */
  const between: string[] = [];
  let open: number | undefined;
  const close = () => {
    if (open !== undefined) groups.close(open);
    open = undefined;
    for (const line of between.splice(0)) groups.line(line);
  };
  const enter = (phase: number) => {
    if (open === phase) return;
    close();
    groups.open(phase, `${titles.get(phase) ?? ''} (continued)`);
    open = phase;
  };
  const foreground = new Foreground((event) => {
    if (event.event === 'warning') return;
    if (event.event === 'phase-started') {
      close();
      titles.set(event.phase, event.title);
      groups.open(event.phase, event.title);
      open = event.phase;
    } else if (event.event === 'output') {
      enter(event.phase);
      groups.line(`${event.source === undefined ? '' : `${event.source}: `}${event.line}`);
    } else if (event.event === 'note') {
      if (event.phase === undefined && open !== undefined) {
        between.push(event.line);
        return;
      }
      if (event.phase !== undefined) enter(event.phase);
      groups.line(event.line);
    } else {
      const words = { done: 'Done', failed: 'Failed', cancelled: 'Cancelled' }[event.outcome];
      if (open === event.phase) groups.line(`${words} after ${readableDuration(event.milliseconds)}.`);
      if (open === event.phase) close();
    }
  });
  return (event) => foreground.push(event);
}
