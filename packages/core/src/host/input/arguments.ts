import { parseArgs } from 'node:util';
import { DrayageError } from '../../errors/drayage-error.ts';
import type { NamedInput } from './declaration.ts';
import { flagHint } from './flag-hint.ts';

export interface Arguments {
  /** What was given by flags: input → text. A repeated list is joined by line ends. */
  readonly values: Readonly<Record<string, string>>;
  /** The positional input was given without its flag, so messages must not speak of one. */
  readonly isPositional: boolean;
  readonly help: boolean;
  readonly errors: readonly DrayageError[];
}

/** Flags every command has besides its inputs. */
const always = ['help'];

/** Reads `--name value`, `--name=value`, `--flag` and `--no-flag`. Everything that is wrong is collected. */
export function readArguments(
  argv: readonly string[],
  inputs: readonly NamedInput[],
  positional?: string,
  command?: string,
): Arguments {
  const options = Object.fromEntries(
    inputs.map(({ name, kind }) => [name, { type: kind === 'flag' ? 'boolean' : 'string' } as const]),
  );
  const { tokens } = parseArgs({
    args: [...argv],
    options: { ...options, help: { type: 'boolean', short: 'h' } },
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, string> = {};
  const errors: DrayageError[] = [];
  let help = false;
  let argument: string | undefined;
  const wrong = (message: string, hint?: string) => errors.push(new DrayageError('INPUT_INVALID', message, { hint }));
  let unknownAt = -2;
  let hasValue = false;
  const give = (input: NamedInput, value: string) => {
    const before = values[input.name];
    const several = input.kind === 'list' || input.kind === 'lines' || input.name === 'secrets';
    if (before !== undefined && !several) wrong(`--${input.name} was given twice; expected it once.`);
    else values[input.name] = before === undefined ? value : `${before}\n${value}`;
  };
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      const input = inputs.find(({ name }) => name === positional);
      // What follows a flag nobody knows is most likely its value: one slip is one error.
      if (token.index === unknownAt + 1 && !hasValue) continue;
      if (input === undefined) wrong(`Unexpected argument "${token.value}"; expected flags such as --service web.`);
      else if (argument !== undefined) {
        wrong(`Unexpected argument "${token.value}"; expected one argument, and "${argument}" is the ${input.name}.`);
      } else {
        argument = token.value;
        give(input, token.value);
      }
      continue;
    }
    if (token.name === 'help' || token.rawName === '-h') {
      help = true;
      continue;
    }
    const negated = token.name.startsWith('no-') ? inputs.find(({ name }) => `no-${name}` === token.name) : undefined;
    const input = inputs.find(({ name }) => name === token.name);
    if (input === undefined && negated?.kind === 'flag' && token.value === undefined) give(negated, 'false');
    else if (input === undefined) {
      // `-abc` is read as -a -b -c, but it was typed once.
      if (token.index === unknownAt) continue;
      const names = [...inputs.map(({ name }) => name), ...always];
      const typed = token.rawName.startsWith('--') ? token.rawName : (argv[token.index]?.replace(/=.*$/s, '') ?? '');
      wrong(`Unknown flag ${typed}.`, flagHint(typed, names, command));
      unknownAt = token.index;
      hasValue = token.value !== undefined || argv[token.index]?.includes('=') === true;
    } else if (isFlagOf(inputs, token.inlineValue === false ? token.value : undefined)) {
      wrong(`--${input.name} needs a value, and ${token.value} follows it.`);
    } else if (input.kind === 'flag') give(input, token.value ?? 'true');
    else if (token.value === undefined) wrong(`--${input.name} needs a value: --${input.name} VALUE.`);
    else give(input, token.value);
  }
  return { values, isPositional: argument !== undefined, help, errors };
}

/** A key may begin with hyphens; what is a flag is no value. */
function isFlagOf(inputs: readonly NamedInput[], value: string | undefined): boolean {
  const name = /^--([^=]+)/.exec(value ?? '')?.[1];
  return name !== undefined && inputs.some((input) => input.name === name);
}
