import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a step wrote into the files that the runner gave it. */
export interface Written {
  readonly outputs: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly path: readonly string[];
  readonly summary: string;
}

const names = ['GITHUB_OUTPUT', 'GITHUB_ENV', 'GITHUB_STATE', 'GITHUB_PATH', 'GITHUB_STEP_SUMMARY'] as const;

/** Bytes; the runner leaves out a larger summary as a whole. */
const largestSummary = 1024 * 1024;

/** The files of one step, which the runner reads when it ends, however it ends. */
export class FileCommands implements Disposable {
  readonly #folder: string;
  readonly variables: Readonly<Record<string, string>>;

  constructor(temporary: string) {
    this.#folder = mkdtempSync(join(temporary, 'commands-'));
    this.variables = Object.fromEntries(names.map((name) => [name, join(this.#folder, name)]));
    for (const file of Object.values(this.variables)) writeFileSync(file, '');
  }

  /** Throws for what the runner refuses to read. */
  read(): Written {
    const text = (name: (typeof names)[number]) => readFileSync(join(this.#folder, name), 'utf8');
    const summary = text('GITHUB_STEP_SUMMARY');
    if (Buffer.byteLength(summary) > largestSummary) throw new Error('The summary is larger than 1024k.');
    return {
      outputs: pairsOf(text('GITHUB_OUTPUT')),
      env: pairsOf(text('GITHUB_ENV')),
      state: pairsOf(text('GITHUB_STATE')),
      path: text('GITHUB_PATH').split('\n').filter(Boolean),
      summary,
    };
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** `name=value` lines and `name<<DELIMITER` blocks; a name that comes twice has its last value. */
function pairsOf(text: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (line === '') continue;
    const equals = line.indexOf('=');
    const block = line.indexOf('<<');
    if (equals >= 0 && (block < 0 || equals < block)) {
      pairs[line.slice(0, equals)] = line.slice(equals + 1);
      continue;
    }
    if (block < 1) throw new Error(`Invalid format '${line}'`);
    const end = lines.indexOf(line.slice(block + 2), index + 1);
    if (end < 0) throw new Error(`Matching delimiter not found '${line.slice(block + 2)}'`);
    pairs[line.slice(0, block)] = lines.slice(index + 1, end).join('\n');
    index = end;
  }
  return pairs;
}
