import { plainView } from '../view/plain.ts';
import { prettyView } from '../view/pretty.ts';
import type { Adapter, AdapterOptions } from './adapter.ts';

/** A person's terminal, or a pipe: the outputs stand below the steps when all is done. */
export function terminalAdapter(options: AdapterOptions, columns: (() => number) | undefined): Adapter {
  const view = columns === undefined ? plainView(options) : prettyView({ ...options, columns });
  const outputs: [name: string, value: string][] = [];
  return {
    view: {
      show: view.show,
      end: (ending) => {
        view.end(ending);
        const width = Math.max(0, ...outputs.map(([name]) => name.length));
        for (const [name, value] of outputs) {
          options.print(`  ${options.paint('dim', name.padEnd(width))}  ${value}\n`);
        }
      },
    },
    mask: () => undefined,
    output: (name, value) => {
      if (name !== 'state' && name !== 'services' && !value.includes('\n')) outputs.push([name, value]);
      return undefined;
    },
    summarize: async () => undefined,
  };
}
