/** Words of a command, or why there are none. */
export type Words = { readonly words: readonly string[] } | { readonly reason: string };

/**
 * Splits a command as a POSIX shell does (XCU 2.2, quoting), and no more: variables, globs and operators mean
 * nothing in a container's command, so an unquoted operator is refused instead of being passed on as a word.
 */
export function splitWords(text: string): Words {
  const words: string[] = [];
  let word: string | undefined;
  let position = 0;
  while (position < text.length) {
    const character = text.charAt(position);
    if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      position += 1;
    } else if (character === "'") {
      const end = text.indexOf("'", position + 1);
      if (end === -1) return { reason: "a single quote (') is not closed" };
      word = (word ?? '') + text.slice(position + 1, end);
      position = end + 1;
    } else if (character === '"') {
      const quoted = readDoubleQuoted(text, position + 1);
      if (quoted === undefined) return { reason: 'a double quote (") is not closed' };
      word = (word ?? '') + quoted.text;
      position = quoted.end;
    } else if (character === '\\') {
      if (position + 1 === text.length) return { reason: 'it ends with a backslash' };
      word = (word ?? '') + text.charAt(position + 1);
      position += 2;
    } else if (/[|&;<>]/.test(character)) {
      return { reason: `"${character}" would need a shell: write ["sh", "-c", "…"] for one, or put it in quotes` };
    } else {
      word = (word ?? '') + character;
      position += 1;
    }
  }
  if (word !== undefined) words.push(word);
  return words.length === 0 ? { reason: 'it is empty' } : { words };
}

function readDoubleQuoted(text: string, start: number): { text: string; end: number } | undefined {
  let result = '';
  for (let position = start; position < text.length; position++) {
    const character = text.charAt(position);
    if (character === '"') return { text: result, end: position + 1 };
    const next = text.charAt(position + 1);
    // Inside double quotes a backslash is one unless it protects one of these.
    if (character === '\\' && /["\\$`]/.test(next)) {
      result += next;
      position += 1;
    } else {
      result += character;
    }
  }
  return undefined;
}
