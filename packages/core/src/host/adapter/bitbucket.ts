import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { variable } from '../environment.ts';
import { plainView } from '../view/plain.ts';
import type { Adapter, AdapterOptions } from './adapter.ts';
import { outputVariable } from './output-variable.ts';

/**
 * Bitbucket Pipelines: plain lines, and outputs as variables of later steps. They also stand in .drayage/outputs.env, for
 * the rest of the script and for artifacts: a pipe may see no file of variables. It cannot mask at run time: redaction is ours.
 */
export function bitbucketAdapter(options: AdapterOptions): Adapter {
  const { env, cwd } = options;
  const shared = variable(env, 'BITBUCKET_PIPELINES_VARIABLES_PATH');
  const own = resolve(cwd, variable(env, 'DRAYAGE_DOTENV') ?? '.drayage/outputs.env');
  return {
    view: plainView(options),
    mask: () => undefined,
    output: (name, value) => {
      // State travels as an artifact.
      if (name === 'state') return undefined;
      if (/[\r\n]/.test(value)) return 'it has several lines, and a variable of Bitbucket has one';
      const line = `${outputVariable(name)}=${value}\n`;
      mkdirSync(dirname(own), { recursive: true });
      appendFileSync(own, line);
      if (shared !== undefined) appendWhereItIs(shared, line);
      return undefined;
    },
    summarize: async () => undefined,
  };
}

/** The file is named in a container that does not have it mounted: what is in .drayage is all there is then. */
function appendWhereItIs(file: string, line: string): void {
  try {
    appendFileSync(file, line);
  } catch {
    // The work is done and its outputs stand in the other file.
  }
}
