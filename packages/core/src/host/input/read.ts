import type * as z from 'zod';
import { DrayageError, throwAll } from '../../errors/drayage-error.ts';
import type { Environment } from '../environment.ts';
import { readArguments } from './arguments.ts';
import { type Declaration, inputsOf, type NamedInput } from './declaration.ts';
import { type FoundInput, findInput } from './lookup.ts';
import { misspeltVariables, namesGiven, unknownInputs } from './unknown.ts';

export interface RawInputs {
  readonly found: ReadonlyMap<string, FoundInput>;
  readonly help: boolean;
  readonly errors: readonly DrayageError[];
}

/** Finds the text of every input of a command; nothing is judged yet, so that secrets can be masked first. */
export function findInputs(command: Declaration, argv: readonly string[], env: Environment): RawInputs {
  const inputs = inputsOf(command);
  const { values, isPositional, help, errors } = readArguments(argv, inputs, command.positional, command.name);
  const names = inputs.map(({ name }) => name);
  const found = new Map<string, FoundInput>();
  for (const input of inputs) {
    const text = findInput(input, values, env);
    if (text === undefined) continue;
    const from = isPositional && input.name === command.positional ? `The argument "${input.name}"` : text.from;
    found.set(input.name, { ...text, from });
  }
  // One set of variables often serves several commands, of which one takes a server and another servers.
  const near = misspeltVariables(env, ['command', 'server', 'servers', ...names]);
  const unknown = [...unknownInputs(namesGiven(env), names), ...near];
  return { found, help, errors: [...errors, ...unknown] };
}

/** The values of all inputs. Throws INPUT_INVALID, for all wrong ones at once. */
export function parseInputs<Shape extends z.ZodRawShape>(
  command: Declaration<Shape>,
  raw: RawInputs,
): z.output<z.ZodObject<Shape>> {
  const texts = Object.fromEntries([...raw.found].map(([name, { text }]) => [name, text]));
  const parsed = command.inputs.safeParse(texts);
  if (parsed.success && raw.errors.length === 0) return parsed.data;
  const kinds = new Map(inputsOf(command).map((input) => [input.name, input]));
  const invalid = (parsed.error?.issues ?? []).map((issue) => {
    const name = String(issue.path[0]);
    return wrongValue(kinds.get(name), raw.found.get(name), issue.message);
  });
  throwAll([...raw.errors, ...invalid]);
  throw new TypeError('zod refused the inputs without naming one');
}

function wrongValue(input: NamedInput | undefined, found: FoundInput | undefined, expected: string): DrayageError {
  const value = input?.kind === 'secret' ? 'another text' : JSON.stringify(found?.text ?? '');
  return new DrayageError('INPUT_INVALID', `${found?.from ?? 'An input'} is ${value}; expected ${expected}.`);
}
