import { RootCommand } from '@bomb.sh/tab';
import type { Outline } from '@drayage/core/config/outline';
import { type Declaration, inputsOf, type NamedInput } from '@drayage/core/host/input/declaration';

export interface Known {
  readonly commands: readonly Declaration[];
  readonly outline: Outline;
  /** What `drayage help` explains besides commands. */
  readonly errorCodes: readonly string[];
}

/** The command line as the library wants it: every command, its flags, and what may follow them. */
export function completionRoot({ commands, outline, errorCodes }: Known): RootCommand {
  const root = new RootCommand();
  const names = commands.map((each) => each.name);
  const topics = [...names, ...errorCodes];
  for (const declaration of commands) {
    const command = root.command(declaration.name, declaration.summary);
    const inputs = inputsOf(declaration);
    for (const input of inputs) {
      // Without a handler the library takes a flag for one that needs no value.
      if (input.kind === 'flag') command.option(input.name, input.description);
      else command.option(input.name, input.description, (complete) => offer(valuesOf(input, outline), complete));
    }
    command.option('help', 'Show the inputs of this command.');
    const { positional } = declaration;
    const positionalInput = inputs.find(({ name }) => name === positional);
    if (positional === undefined || positionalInput === undefined) continue;
    const values = positional === 'topic' ? topics : valuesOf(positionalInput, outline);
    command.argument(positional, (complete) => offer(values, complete));
  }
  return root;
}

/** The values of an input that are known before anything is asked. */
function valuesOf({ name, options }: NamedInput, outline: Outline): readonly string[] {
  if (options !== undefined) return options;
  if (name === 'service') return outline.services;
  if (name === 'server' || name === 'servers') return outline.servers;
  return name === 'environment' ? outline.environments : [];
}

function offer(values: readonly string[], complete: (value: string, description: string) => void): void {
  for (const value of values) complete(value, '');
}
