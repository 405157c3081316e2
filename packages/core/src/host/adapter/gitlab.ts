import { resolve } from 'node:path';
import { variable } from '../environment.ts';
import { groupedEvents } from '../view/groups.ts';
import { endText, textOf } from '../view/plain.ts';
import type { Adapter, AdapterOptions } from './adapter.ts';
import { dotenvReport } from './dotenv-report.ts';
import { outputsFile } from './outputs-file.ts';

/** GitLab CI/CD: collapsible sections, and outputs as a dotenv report and as JSON. It cannot mask at run time: redaction is ours. */
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
  const report = dotenvReport(resolve(cwd, variable(env, 'DRAYAGE_DOTENV') ?? '.drayage/outputs.env'));
  const keep = outputsFile(resolve(cwd, '.drayage/outputs.json'));
  return {
    view: {
      show: (event) => (event.event === 'warning' ? printError(textOf(event, paint)) : show(event)),
      end: (ending) => endText(ending, options),
    },
    mask: () => undefined,
    output: (name, value) => {
      keep(name, value);
      const reason = report.add(name, value);
      return reason && `${reason}; .drayage/outputs.json has it`;
    },
    summarize: async () => undefined,
  };
}
