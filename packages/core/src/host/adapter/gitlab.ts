import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { variable } from '../environment.ts';
import { groupedEvents } from '../view/groups.ts';
import { endText, textOf } from '../view/plain.ts';
import type { Adapter, AdapterOptions } from './adapter.ts';
import { outputVariable } from './output-variable.ts';

/** Bytes of all lines together; GitLab refuses a larger dotenv report. */
const largestReport = 5000;

/** GitLab CI/CD: collapsible sections, and outputs as a dotenv report. It cannot mask at run time: redaction is ours. */
export function gitlabAdapter(options: AdapterOptions): Adapter {
  const { print, printError, paint, env, cwd } = options;
  const seconds = () => Math.floor(Date.now() / 1000);
  const open = new Map<number, string>();
  let count = 0;
  const show = groupedEvents({
    open: (phase, title) => {
      const name = `drayage_${++count}`;
      open.set(phase, name);
      print(`\x1b[0Ksection_start:${seconds()}:${name}\r\x1b[0K${paint('bold', title)}\n`);
    },
    close: (phase) => print(`\x1b[0Ksection_end:${seconds()}:${open.get(phase) ?? 'drayage'}\r\x1b[0K\n`),
    line: (text) => print(`${text}\n`),
  });
  const report = resolve(cwd, variable(env, 'DRAYAGE_DOTENV') ?? '.drayage/outputs.env');
  let written = 0;
  return {
    view: {
      show: (event) => (event.event === 'warning' ? printError(textOf(event, paint)) : show(event)),
      end: (ending) => endText(ending, options),
    },
    mask: () => undefined,
    output: (name, value) => {
      const line = `${outputVariable(name)}=${value}\n`;
      // State travels as a file: it is larger than a report may be.
      if (name === 'state') return undefined;
      if (/[\r\n]/.test(value)) return "it has several lines, and GitLab's dotenv report holds single ones";
      const size = Buffer.byteLength(line);
      if (written + size > largestReport) return "GitLab's dotenv report takes 5 KB, and it is larger";
      mkdirSync(dirname(report), { recursive: true });
      appendFileSync(report, line);
      written += size;
      return undefined;
    },
    summarize: async () => undefined,
  };
}
