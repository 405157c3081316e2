import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { outputVariable } from './output-variable.ts';

/** Of all lines together; GitLab refuses the whole report from 5 KiB on, and then the job fails. */
const largestReport = 5000;

/** The smallest number of variables that an installation of GitLab allows a report. */
const mostVariables = 20;

/** JSON has no place in a variable: it travels as an artifact. */
const noScalars: readonly string[] = ['state', 'services'];

export interface DotenvReport {
  /** Adds an output; the reason, as a part of a sentence, where GitLab would not take it. */
  add(name: string, value: string): string | undefined;
}

/** The file GitLab makes variables of later jobs from (`artifacts:reports:dotenv`). Commands of one job share it. */
export function dotenvReport(file: string): DotenvReport {
  return {
    add(name, value) {
      if (noScalars.includes(name)) return undefined;
      if (/[\r\n]/.test(value)) return 'it has several lines';
      const variable = outputVariable(name);
      // Of an earlier command of this job, which this one goes on from.
      const others = linesOf(file).filter((line) => !line.startsWith(`${variable}=`));
      const text = [...others, `${variable}=${value}`, ''].join('\n');
      const bytes = Buffer.byteLength(text);
      if (bytes > largestReport) return `the report would have ${bytes} bytes, and GitLab takes ${largestReport}`;
      if (others.length >= mostVariables) return `GitLab takes ${mostVariables} variables of a job`;
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return undefined;
    },
  };
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}
