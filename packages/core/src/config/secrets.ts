import { DrayageError, throwAll } from '../errors/drayage-error.ts';

const name = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The input `secrets`: a JSON object, or lines. `NAME=value` is literal to the end of the line: no quotes, comments
 * or expansion. `NAME<<DELIMITER` takes the lines up to one that is the delimiter. Throws INPUT_INVALID with all
 * that is wrong; no message contains a value.
 */
export function parseSecrets(text: string): Record<string, string> {
  return text.trimStart().startsWith('{') ? parseJson(text) : parseLines(text);
}

function parseJson(text: string): Record<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text around the error: it may be a secret.
    throw invalid('The input "secrets" begins with { and is not valid JSON; expected an object of names and texts.');
  }
  const errors: DrayageError[] = [];
  const secrets = new Map<string, string>();
  for (const [key, content] of Object.entries(value as object)) {
    const kind = Array.isArray(content) ? 'list' : content === null ? 'null' : typeof content;
    if (!name.test(key)) errors.push(badName(`The key ${JSON.stringify(key)} of the input "secrets"`));
    else if (typeof content === 'string') secrets.set(key, content);
    else if (typeof content === 'number' || typeof content === 'boolean') secrets.set(key, String(content));
    else errors.push(invalid(`The secret ${key} is a JSON ${kind}; expected a text.`));
  }
  throwAll(errors);
  return Object.fromEntries(secrets);
}

function parseLines(text: string): Record<string, string> {
  const errors: DrayageError[] = [];
  const secrets = new Map<string, string>();
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (line.trim() === '') continue;
    const where = `Line ${index + 1} of the input "secrets"`;
    const [, key = '', sign, rest = ''] = /^([^=<]*)(=|<<)(.*)$/s.exec(line) ?? [];
    if (sign === undefined) {
      errors.push(invalid(`${where} is neither NAME=value nor NAME<<DELIMITER.`, severalLines));
      continue;
    }
    const known = name.test(key);
    if (!known) errors.push(badName(`What stands before ${sign} in line ${index + 1} of the input "secrets"`));
    else if (secrets.has(key)) errors.push(invalid(`The secret ${key} is given twice, again in line ${index + 1}.`));
    if (sign === '=') {
      if (known) secrets.set(key, rest);
      continue;
    }
    const delimiter = rest.trim();
    const end = delimiter === '' ? -1 : lines.indexOf(delimiter, index + 1);
    if (end === -1) {
      const what =
        delimiter === '' ? 'names no delimiter' : 'opens a block that is not closed by a line with its delimiter alone';
      errors.push(invalid(`${where} ${what}.`));
      break;
    }
    if (known) secrets.set(key, lines.slice(index + 1, end).join('\n'));
    index = end;
  }
  throwAll(errors);
  return Object.fromEntries(secrets);
}

const severalLines = 'For a value of several lines write NAME<<END, then the lines, then a line with END.';

function badName(what: string): DrayageError {
  return invalid(`${what} is not a name; expected letters, digits and "_".`);
}

function invalid(message: string, hint?: string): DrayageError {
  return new DrayageError('INPUT_INVALID', message, { hint });
}
