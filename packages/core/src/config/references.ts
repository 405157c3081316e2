/** A piece of text with references: what stands as it is, or a dotted name to look up. */
export type Part =
  | { readonly text: string }
  | { readonly name: readonly string[]; readonly raw: string; readonly offset: number };

/** What is wrong with a reference's own spelling. */
export interface Malformed {
  readonly raw: string;
  readonly offset: number;
  readonly reason: string;
}

export interface Template {
  readonly parts: readonly Part[];
  readonly malformed: readonly Malformed[];
}

const word = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/**
 * Splits text at `${{ dotted.name }}`; `$${{` stands for a literal `${{`. There are no expressions: what stands
 * between the braces is a name, and what it stands for is inserted as it is and never read again.
 */
export function parseTemplate(text: string): Template {
  const parts: Part[] = [];
  const malformed: Malformed[] = [];
  const opening = /\$?\$\{\{/g;
  let position = 0;
  for (let found = opening.exec(text); found !== null; found = opening.exec(text)) {
    parts.push({ text: text.slice(position, found.index) });
    position = opening.lastIndex;
    if (found[0].startsWith('$$')) {
      parts.push({ text: '${{' });
      continue;
    }
    const end = text.indexOf('}}', position);
    const lineEnd = text.indexOf('\n', position);
    const closed = end !== -1 && (lineEnd === -1 || end < lineEnd);
    const stop = closed ? end + 2 : lineEnd === -1 ? text.length : lineEnd;
    const raw = text.slice(found.index, stop);
    const name = text
      .slice(position, closed ? end : stop)
      .trim()
      .split('.');
    const reason = spellingProblem(name, closed);
    if (reason === undefined) parts.push({ name, raw, offset: found.index });
    else malformed.push({ raw, offset: found.index, reason });
    position = stop;
    opening.lastIndex = stop;
  }
  parts.push({ text: text.slice(position) });
  return { parts: parts.filter((part) => !('text' in part) || part.text !== ''), malformed };
}

function spellingProblem(name: readonly string[], closed: boolean): string | undefined {
  if (!closed) return 'is not closed by }} on the same line';
  if (name.length === 1 && name[0] === '') return 'is empty';
  if (name.every((step) => word.test(step))) return undefined;
  return 'is not a dotted name, such as secrets.TOKEN or services.db.url';
}

export function hasReference(text: string): boolean {
  return text.includes('${{') && parseTemplate(text).parts.some((part) => !('text' in part));
}
