import { type Declaration, inputsOf } from '../../packages/core/src/host/input/declaration.ts';
import { describe } from './declarations.ts';

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. Throws where a page lacks the markers. */
export function between(page: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const start = page.indexOf(open);
  const end = page.indexOf(close);
  if (start === -1 || end < start) throw new Error(`The markers ${open} … ${close} are missing.`);
  return `${page.slice(0, start + open.length)}\n${content}\n${page.slice(end)}`;
}

/** The page of an action, the root action among them: its tables. */
export function actionPage(page: string, command: Declaration): string {
  const { name } = command;
  return between(between(page, `inputs:${name}`, inputTable(command)), `outputs:${name}`, outputTable(command));
}

/** All commands, each with the page of its inputs: its own action, or the root action that runs it. */
export function commandTable(
  all: readonly Declaration[],
  actions: readonly Declaration[],
  rootCommands: readonly string[],
): string {
  const pageOf = (name: string) => {
    if (actions.some((action) => action.name === name)) return `actions/${name}/README.md`;
    return rootCommands.includes(name) ? 'docs/action.md' : undefined;
  };
  const rows = all.map(({ name, summary }) => {
    const page = pageOf(name);
    return [page === undefined ? `\`${name}\`` : `[\`${name}\`](${page})`, summary];
  });
  return table(['action or command', 'does'], rows);
}

function inputTable(command: Declaration): string {
  const rows = inputsOf(command).map((input) => [
    `\`${input.name}\``,
    describe(input),
    input.sets === undefined ? '' : key(input.sets),
  ]);
  return table(['input', 'meaning', 'replaces in drayage.yml'], rows);
}

function key(sets: string): string {
  return `\`${sets.replace('*', '<service>').replace('@', '<host>').replace('.0.', '[0].')}\``;
}

function outputTable({ outputs }: Declaration): string {
  return table(
    ['output', 'meaning'],
    Object.entries(outputs).map(([name, text]) => [`\`${name}\``, text]),
  );
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replace(/<(?=[A-Z])/g, '&lt;')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
