import { Lexer } from 'yaml';
import { DrayageError, type Location } from '../errors/drayage-error.ts';

/** A reference without quotes: from where to where it stands, and what is said of it. */
export interface Unquoted {
  readonly start: number;
  readonly end: number;
  readonly error: DrayageError;
}

/**
 * References that stand in plain YAML text, found in a file whose syntax they have broken. In `{ key: ${{ x }} }` YAML reads the braces as maps, and the same
 * text works or breaks by the place it is moved to: so quotes are required everywhere, and the line to paste is given.
 */
export function findUnquotedReferences(text: string, place: (offset: number) => Location): readonly Unquoted[] {
  const found: Unquoted[] = [];
  let offset = 0;
  let plain = false;
  let block = false;
  let reported = -1;
  for (const token of new Lexer().lex(text)) {
    const control = token === '\u001f' || token === '\u0002' || token === '\u0018';
    if (control) {
      plain = token === '\u001f' && !block;
      if (token === '\u001f') block = false;
      continue;
    }
    const end = plain && offset > reported ? endOfUnquoted(text, offset, token) : undefined;
    if (end !== undefined) {
      found.push({ start: offset, end, error: unquotedReference(text, offset, end, place(offset)) });
      reported = end;
    }
    if (/^[|>]/.test(token) && !plain) block = true;
    plain = false;
    offset += token.length;
  }
  return found;
}

/** The text with those references in quotes, and where something in it stands in the text as it was. */
export function withQuotes(
  text: string,
  unquoted: readonly Unquoted[],
): { readonly text: string; readonly before: (offset: number) => number } {
  let result = '';
  let read = 0;
  const shifts: { readonly from: number; readonly to: number; readonly start: number; readonly end: number }[] = [];
  for (const { start, end } of unquoted) {
    result += text.slice(read, start);
    const from = result.length;
    result += quote(text.slice(start, end));
    shifts.push({ from, to: result.length, start, end });
    read = end;
  }
  const before = (offset: number) => {
    const last = shifts.findLast(({ from }) => from <= offset);
    if (last === undefined) return offset;
    return offset < last.to ? last.start : offset - last.to + last.end;
  };
  return { text: result + text.slice(read), before };
}

function quote(value: string): string {
  return /["\\]/.test(value) ? `'${value.replaceAll("'", "''")}'` : `"${value}"`;
}

/** In a block the token is the whole value; in braces and brackets YAML takes the reference apart. */
function endOfUnquoted(text: string, offset: number, token: string): number | undefined {
  if (token.includes('${{')) return offset + token.length;
  return token.endsWith('$') && text.startsWith('{{', offset + token.length) ? endOfValue(text, offset) : undefined;
}

/** The end of what the user meant as one value: references whole, up to a comma, a bracket, a comment or the line's end. */
function endOfValue(text: string, start: number): number {
  const value = /(?:\$\{\{[^}\n]*\}\}|(?! #)[^,[\]{}\n\r])*/y;
  value.lastIndex = start;
  return start + (value.exec(text)?.[0].trimEnd().length ?? 0);
}

/** The error for plain text from `start` to `end`. */
export function unquotedReference(text: string, start: number, end: number, at: Location): DrayageError {
  const value = text.slice(start, end);
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const lineEnd = text.indexOf('\n', end);
  const line = text.slice(lineStart, start) + quote(value) + text.slice(end, lineEnd === -1 ? undefined : lineEnd);
  const message = `The reference ${value} must stand in quotes: without them YAML reads its braces as maps.`;
  return new DrayageError('CONFIG_REFERENCE_UNQUOTED', message, { at, hint: `Write:\n${line.trimEnd()}` });
}
