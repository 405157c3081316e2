import { globSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { rootAction } from '../../packages/cli/src/action-inputs.ts';
import { commands } from '../../packages/cli/src/commands.ts';
import type { Declaration, NamedInput } from '../../packages/core/src/host/input/declaration.ts';
import { inputsOf } from '../../packages/core/src/host/input/declaration.ts';

export interface Declarations {
  /** Those with a composite action, in the order of the help. */
  readonly actions: readonly Declaration[];
  readonly all: readonly Declaration[];
  readonly root: Declaration;
}

export async function loadDeclarations(): Promise<Declarations> {
  const all: Declaration[] = [];
  for (const load of Object.values(commands)) all.push((await load()).command.declaration);
  const folders = new Set(globSync('actions/*/inputs.ts').map((file) => basename(dirname(file))));
  return { all, actions: all.filter(({ name }) => folders.has(name)), root: rootAction };
}

/** What an input is, for a reader: what happens without it stands in the text, never as a value that would arrive. */
export function describe({ description, otherwise, options }: NamedInput): string {
  const choices = options === undefined ? '' : ` One of ${options.join(', ')}.`;
  return `${description}${choices}${otherwise === undefined ? '' : ` Default: ${otherwise}.`}`;
}

/** Inputs another CI than GitHub can give. */
export function portableInputs(command: Declaration): readonly NamedInput[] {
  return inputsOf(command).filter(({ only }) => only === undefined);
}

export const notice = (source: string) => `# Generated from ${source} by \`npm run generate\`. Do not edit.\n`;
