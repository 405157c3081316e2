import type { Location } from '../errors/drayage-error.ts';
import { type Failure, helpOn, placeText } from './failure.ts';

export interface ErrorTextOptions {
  /** The lines around a place, with a caret; undefined where the file cannot be read. */
  readonly excerpt?: (at: Location) => string | undefined;
  readonly paint?: Paint;
  /** Whether the tool's output is part of the text; where a group shows it, it is not. */
  readonly output?: boolean;
}

export type Paint = (style: 'red' | 'dim' | 'bold' | 'green' | 'yellow' | 'cyan', text: string) => string;

/** How many lines of a tool's output an error shows. */
const lastLines = 40;

/** A failure in full: place, message, excerpt, hint, output, code. */
export function errorText(failure: Failure, options: ErrorTextOptions = {}): string {
  const paint: Paint = options.paint ?? ((_style, text) => text);
  const { at, message, hint, output } = failure;
  const excerpt = at === undefined ? undefined : options.excerpt?.(at);
  const lines = [
    paint('red', message),
    // The excerpt begins with the place.
    excerpt ?? (at === undefined ? undefined : placeText(at)),
    hint,
    output === undefined || options.output === false ? undefined : paint('dim', indent(tail(output))),
    paint('dim', `${failure.code} · more: ${helpOn(failure.code)}`),
  ];
  return lines.filter((line) => line !== undefined && line !== '').join('\n');
}

/** All failures, with how many there are when there are several. */
export function errorsText(failures: readonly Failure[], options: ErrorTextOptions = {}): string {
  const texts = failures.map((failure) => errorText(failure, options));
  return failures.length === 1 ? texts.join('') : [`${failures.length} problems:`, ...texts].join('\n\n');
}

/** Message, hint and code: what an annotation holds. GitHub cuts at 4096 characters. */
export function annotationText({ message, hint, code }: Failure): string {
  const lines = [message, hint, `${code} · more: ${helpOn(code)}`];
  const whole = lines.filter((line) => line !== undefined).join('\n');
  return whole.length <= 4000 ? whole : `${whole.slice(0, 3950)}…\n(the rest is in the log)`;
}

function tail(output: string): string {
  const lines = output.trimEnd().split('\n');
  if (lines.length <= lastLines) return lines.join('\n');
  return [`… ${lines.length - lastLines} lines before`, ...lines.slice(-lastLines)].join('\n');
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`))
    .join('\n');
}
