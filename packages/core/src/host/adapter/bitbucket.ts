import { appendFileSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { variable } from '../environment.ts';
import { plainView } from '../view/plain.ts';
import type { Adapter, AdapterOptions } from './adapter.ts';
import { outputVariable } from './output-variable.ts';
import { outputsFile } from './outputs-file.ts';

/**
 * Bytes of all variables together. The limit is ours: Bitbucket's documentation of variable sharing names none that could be
 * found. Linux starts no program with a variable of 128 KiB, which would fail the next step with words about an argument list.
 */
const largestVariables = 100_000;

/**
 * Bitbucket Pipelines: plain lines, and outputs as variables of later steps. They also stand in .drayage/outputs.env, for
 * the rest of the script and for artifacts: a pipe may see no file of variables. What is no variable stands in
 * .drayage/outputs.json. It cannot mask at run time: redaction is ours.
 */
export function bitbucketAdapter(options: AdapterOptions): Adapter {
  const { env, cwd } = options;
  const shared = variable(env, 'BITBUCKET_PIPELINES_VARIABLES_PATH');
  const own = resolve(cwd, variable(env, 'DRAYAGE_DOTENV') ?? '.drayage/outputs.env');
  const keep = outputsFile(resolve(cwd, '.drayage/outputs.json'));
  return {
    view: plainView(options),
    mask: () => undefined,
    output: (name, value) => {
      keep(name, value);
      // State travels as an artifact.
      if (name === 'state') return undefined;
      const line = `${outputVariable(name)}=${value}\n`;
      const reason = whyNot(value, Math.max(sizeOf(own), sizeOf(shared)) + Buffer.byteLength(line));
      if (reason !== undefined) return `${reason}; .drayage/outputs.json has it`;
      mkdirSync(dirname(own), { recursive: true });
      appendFileSync(own, line);
      if (shared !== undefined) appendWhereItIs(shared, line);
      return undefined;
    },
    summarize: async () => undefined,
  };
}

/** Why a value is no variable of later steps. */
function whyNot(value: string, bytes: number): string | undefined {
  if (/[\r\n]/.test(value)) return 'it has several lines, and a variable of Bitbucket has one';
  if (bytes <= largestVariables) return undefined;
  return `the variables of this step would have ${bytes} bytes, and ${largestVariables} is as much as Drayage hands on`;
}

function sizeOf(file: string | undefined): number {
  return (file === undefined ? undefined : statSync(file, { throwIfNoEntry: false })?.size) ?? 0;
}

/** The file is named in a container that does not have it mounted: what is in .drayage is all there is then. */
function appendWhereItIs(file: string, line: string): void {
  try {
    appendFileSync(file, line);
  } catch {
    // The work is done and its outputs stand in the other file.
  }
}
