import type * as z from 'zod';
import { type InputMeta, metaOf } from './pieces.ts';

/** The one source of everything that repeats a command's inputs and outputs. */
export interface Declaration<Shape extends z.ZodRawShape = z.ZodRawShape> {
  readonly name: string;
  /** One line: what it does. */
  readonly summary: string;
  /** More, for `--help` and the README of the action. */
  readonly description?: string;
  readonly inputs: z.ZodObject<Shape>;
  readonly outputs: Readonly<Record<string, string>>;
  /** Command line without the program's name. */
  readonly examples: readonly string[];
  /** The input that may be given without its flag. */
  readonly positional?: string;
  /** The command prints data; progress goes to standard error then, so that the data can be piped. */
  readonly printsData?: boolean;
  /** false: what is checked out does not matter to it, unless drayage.yml refers to git. */
  readonly deploys?: boolean;
  /** It deploys what was deployed before: the commit is that of the earlier deployment, not the one checked out. */
  readonly repeats?: boolean;
  /** It only checks drayage.yml: secrets and variables that a run would be given may be absent. */
  readonly checksOnly?: boolean;
  /** It only says what would change. */
  readonly changesNothing?: boolean;
}

export type Inputs<D> = D extends Declaration<infer Shape> ? z.output<z.ZodObject<Shape>> : never;

/** Keeps the exact types of the inputs. */
export function declaration<Shape extends z.ZodRawShape>(given: Declaration<Shape>): Declaration<Shape> {
  return given;
}

export interface NamedInput extends InputMeta {
  readonly name: string;
}

/** Every input of a command, in the order of its declaration. */
export function inputsOf(command: Pick<Declaration, 'inputs'>): readonly NamedInput[] {
  return Object.entries(command.inputs.shape).map(([name, schema]) => ({ name, ...metaOf(schema as z.ZodType) }));
}

/** `ssh-key` is `SSH_KEY` in variables. */
export function snakeCase(name: string): string {
  return name.replaceAll('-', '_').toUpperCase();
}
