import { appendFileSync } from 'node:fs';
import { variable } from '../environment.ts';
import { plainView } from '../view/plain.ts';
import type { Adapter, AdapterOptions } from './adapter.ts';
import { outputVariable } from './output-variable.ts';

/** Bitbucket Pipelines: plain lines, and outputs as variables of later steps. It cannot mask at run time: redaction is ours. */
export function bitbucketAdapter(options: AdapterOptions): Adapter {
  const file = variable(options.env, 'BITBUCKET_PIPELINES_VARIABLES_PATH');
  return {
    view: plainView(options),
    mask: () => undefined,
    output: (name, value) => {
      // State travels as an artifact.
      if (file === undefined || name === 'state') return undefined;
      if (/[\r\n]/.test(value)) return 'it has several lines, and a variable of Bitbucket has one';
      appendFileSync(file, `${outputVariable(name)}=${value}\n`);
      return undefined;
    },
    summarize: async () => undefined,
  };
}
