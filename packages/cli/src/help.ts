import { type Declaration, inputsOf, type NamedInput, snakeCase } from '@drayage/core/host/input/declaration';
import { commands } from './commands.ts';

const width = 100;

/** `drayage --help`: one line a command. */
export async function overview(): Promise<string> {
  const loaded = await Promise.all(Object.values(commands).map(async (load) => (await load()).command.declaration));
  const longest = Math.max(...loaded.map(({ name }) => name.length));
  const rows = loaded.map(({ name, summary }) => `  ${name.padEnd(longest)}  ${summary}`);
  return `Drayage builds, pushes, deploys and routes containers on your own servers, over SSH.

Usage: drayage <command> [--input value]…

${rows.join('\n')}

drayage <command> --help shows the inputs of a command, drayage help <code> explains an error.
Every input can also be given as DRAYAGE_<NAME> in the environment.
`;
}

/** `drayage <command> --help`: what it does, its inputs, an example. */
export function commandHelp(declaration: Declaration): string {
  const inputs = inputsOf(declaration);
  const outputs = Object.entries(declaration.outputs);
  const argument = declaration.positional === undefined ? '' : ` [${declaration.positional}]`;
  const sections = [
    `${declaration.summary}`,
    declaration.description === undefined ? undefined : wrap(declaration.description, '', ''),
    `Usage: drayage ${declaration.name}${argument} [--input value]…`,
    ['Inputs:', ...inputs.map(inputHelp)].join('\n'),
    outputs.length === 0
      ? undefined
      : ['Outputs:', ...outputs.map(([name, text]) => wrap(text, `  ${name.padEnd(22)}`, ' '.repeat(24)))].join('\n'),
    ['Examples:', ...declaration.examples.map((line) => `  drayage ${line}`)].join('\n'),
  ];
  return `${sections.filter((section) => section !== undefined).join('\n\n')}\n`;
}

function inputHelp(input: NamedInput): string {
  const value = input.kind === 'flag' ? '' : ` ${placeholder(input)}`;
  const head = `  --${input.name}${value}`;
  const otherwise = input.otherwise === undefined ? '' : ` Otherwise: ${input.otherwise}.`;
  const environment = input.kind === 'secret' ? ` Best as DRAYAGE_${snakeCase(input.name)}.` : '';
  return `${head}\n${wrap(`${input.description}${otherwise}${environment}`, '      ', '      ')}`;
}

function placeholder({ kind, options }: NamedInput): string {
  if (options !== undefined) return options.join('|');
  return { duration: '30m', size: '10GB', number: 'N', list: 'A,B', lines: 'LINES' }[kind as string] ?? 'VALUE';
}

function wrap(text: string, first: string, indent: string): string {
  const lines: string[] = [];
  let line = first;
  for (const word of text.split(' ')) {
    const isEmpty = line === first || line === indent;
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = `${indent}${word}`;
    } else line = isEmpty ? `${line}${word}` : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}
