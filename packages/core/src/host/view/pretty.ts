import { readableDuration } from '../../report/duration.ts';
import type { ReportEvent, View } from './event.ts';
import { endText, finishedText, type TextViewOptions, textOf } from './plain.ts';

export interface PrettyOptions extends TextViewOptions {
  /** Width of the terminal now. */
  readonly columns: () => number;
  readonly now?: () => number;
}

interface Live {
  readonly title: string;
  readonly startedAt: number;
  readonly log: string[];
  last: string;
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const interval = 100;
/** Lines kept of a phase, for the case that it fails. */
const kept = 400;

/** A terminal: one live line a running phase, durations when they end, and the log of a phase that fails unfolded. */
export function prettyView(options: PrettyOptions): View {
  const { print, paint, columns, now = Date.now } = options;
  const live = new Map<number, Live>();
  let drawn = 0;
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;

  const erase = () => (drawn === 0 ? '' : `\x1b[${drawn}A\x1b[J`);
  const draw = () => {
    const lines = [...live.values()].map(({ title, startedAt, last }) => {
      const head = `${frames[frame % frames.length]} ${title} ${readableDuration(now() - startedAt)}`;
      const room = columns() - [...head].length - 4;
      const tail = room > 12 && last !== '' ? `  ${cut(last, room)}` : '';
      return `${paint('cyan', cut(head, columns() - 1))}${paint('dim', tail)}\n`;
    });
    drawn = lines.length;
    return lines.join('');
  };
  /** Prints lasting lines above the live ones. */
  const lasting = (text: string) => print(`${erase()}${text}${draw()}`);
  const tick = () => {
    frame += 1;
    print(`${erase()}${draw()}`);
  };

  const show = (event: ReportEvent) => {
    if (event.event === 'phase-started') {
      live.set(event.phase, { title: event.title, startedAt: now(), log: [], last: '' });
      timer ??= setInterval(tick, interval).unref();
      lasting('');
    } else if (event.event === 'output') {
      const phase = live.get(event.phase);
      if (phase === undefined) return;
      const line = `${event.source === undefined ? '' : `${event.source}: `}${event.line}`;
      phase.log.push(line);
      if (phase.log.length > kept) phase.log.splice(0, phase.log.length - kept);
      if (line.trim() !== '') phase.last = line.trim();
    } else if (event.event === 'phase-finished') {
      const phase = live.get(event.phase);
      live.delete(event.phase);
      if (live.size === 0) {
        clearInterval(timer);
        timer = undefined;
      }
      const unfolded = event.outcome === 'failed' ? (phase?.log ?? []).map((line) => `    ${line}\n`).join('') : '';
      lasting(`${finishedText(event, paint)}\n${unfolded}`);
    } else lasting(textOf(event, paint));
  };
  return {
    show,
    end: (ending) => {
      clearInterval(timer);
      print(erase());
      drawn = 0;
      live.clear();
      endText(ending, options);
    },
  };
}

/** The first `width` characters; colours of the tool are dropped, or a cut would leave them on. */
function cut(text: string, width: number): string {
  const characters = [...text.replace(/\x1b\[[0-9;]*m/g, '')];
  return characters.length <= width ? characters.join('') : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}
