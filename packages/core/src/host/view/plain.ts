import { readableDuration } from '../../report/duration.ts';
import { errorsText, type Paint } from '../../report/error-text.ts';
import { placeText } from '../../report/failure.ts';
import type { Ending, Print, ReportEvent, View } from './event.ts';
import { Foreground } from './foreground.ts';

export interface TextViewOptions {
  readonly print: Print;
  /** Where failures and warnings go; standard error outside CI. */
  readonly printError: Print;
  readonly paint: Paint;
  readonly excerpt?: (at: { file: string; line?: number; column?: number }) => string | undefined;
}

/** Lines for a log or a pipe: titles, what is said below them, durations. Nothing is ever taken back. */
export function plainView(options: TextViewOptions): View {
  const { print, printError, paint, excerpt } = options;
  const foreground = new Foreground((event) => print(textOf(event, paint)));
  return {
    show: (event) => {
      if (event.event === 'warning') printError(textOf(event, paint));
      else foreground.push(event);
    },
    end: (ending) => endText(ending, { print, printError, paint, excerpt }),
  };
}

export function textOf(event: ReportEvent, paint: Paint): string {
  if (event.event === 'phase-started') return `${paint('bold', `▸ ${event.title}`)}\n`;
  if (event.event === 'output') return `    ${event.source === undefined ? '' : `${event.source}: `}${event.line}\n`;
  if (event.event === 'note') return `${event.phase === undefined ? '' : '  '}${event.line}\n`;
  if (event.event === 'warning') {
    const place = event.place === undefined ? '' : `${placeText(event.place)}: `;
    return `${paint('yellow', `warning: ${place}${event.message}`)}\n`;
  }
  return `${finishedText(event, paint)}\n`;
}

export function finishedText(event: Extract<ReportEvent, { event: 'phase-finished' }>, paint: Paint): string {
  const mark = { done: paint('green', '✓'), failed: paint('red', '✗'), cancelled: paint('yellow', '■') }[event.outcome];
  return `${mark} ${event.title} ${paint('dim', readableDuration(event.milliseconds))}`;
}

/** The last lines of a run: nothing to add when it went well. */
export function endText(ending: Ending, { printError, paint, excerpt }: TextViewOptions): void {
  if (ending.failures.length === 0) return;
  printError(`\n${errorsText(ending.failures, { paint, excerpt })}\n`);
}
