import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * All outputs of a job as one JSON object, for what does not fit into variables: lists, long texts, many of them. It goes on
 * from the file of the jobs before, where that arrived as an artifact. State has a file of its own.
 */
export function outputsFile(file: string): (name: string, value: string) => void {
  return (name, value) => {
    if (name === 'state') return;
    const text = JSON.stringify({ ...outputsIn(file), [name]: asJson(value) }, null, 2);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${text}\n`);
  };
}

/** An output that is JSON already stays what it is; every other is a text. */
function asJson(value: string): unknown {
  const parsed = /^[[{]/.test(value) ? parse(value) : undefined;
  return parsed ?? value;
}

function outputsIn(file: string): object {
  try {
    return Object(parse(readFileSync(file, 'utf8')));
  } catch {
    return {};
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
