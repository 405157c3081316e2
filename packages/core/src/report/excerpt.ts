import type { Location } from '../errors/drayage-error.ts';

/** Longer lines are cut around the place, so that the caret stays on a terminal. */
const widest = 110;

/**
 * The place in a file, the line that stands there with the one above it, and a caret under the column:
 *
 *     drayage.yml:12:5
 *       11 |   web:
 *       12 |     replica: 2
 *          |     ^
 *
 * Only the place when the text has no such line.
 */
export function excerpt(text: string, at: Location): string {
  const place = [at.file, at.line, at.column].filter((part) => part !== undefined).join(':');
  const lines = text.split(/\r?\n/);
  const line = at.line === undefined ? undefined : lines[at.line - 1];
  if (at.line === undefined || line === undefined) return place;
  const column = at.column ?? 1;
  const cut = column > widest - 20 ? column - Math.floor(widest / 2) : 0;
  const width = String(at.line).length;
  const show = (number: number, content: string) =>
    `  ${String(number).padStart(width)} | ${shorten(content, cut)}`.trimEnd();
  const above =
    at.line > 1 && (lines[at.line - 2] ?? '').trim() !== '' ? [show(at.line - 1, lines[at.line - 2] ?? '')] : [];
  const indent = shorten(line, cut)
    .slice(0, Math.max(0, column - 1 - cut))
    .replace(/[^\t]/g, ' ');
  return [place, ...above, show(at.line, line), `  ${' '.repeat(width)} | ${indent}^`].join('\n');
}

function shorten(line: string, cut: number): string {
  const part = line.slice(cut);
  const shown = part.length > widest ? `${part.slice(0, widest - 1)}…` : part;
  return cut > 0 ? `…${shown.slice(1)}` : shown;
}
