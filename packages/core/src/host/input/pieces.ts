import * as z from 'zod';
import { formatDuration, parseDuration, parseSize } from '../../config/quantities.ts';

// Every schema here and in drayage.yml is used once a process: compiling it to code first costs more than it gains.
z.config({ jitless: true });

export type InputKind = 'text' | 'secret' | 'flag' | 'list' | 'lines' | 'duration' | 'size' | 'number' | 'choice';

/** What is known of an input besides how to read it: the source of action.yml, flags, templates and tables. */
export interface InputMeta {
  readonly kind: InputKind;
  readonly description: string;
  /** The values of a choice. */
  readonly options?: readonly string[];
  /** What holds when nothing is given, in words: generated files carry no default, or it would always win. */
  readonly otherwise?: string;
  /** The key of drayage.yml it replaces; `*` is the service. */
  readonly sets?: string;
  /** How its text becomes that key's value, where it is not the value itself. */
  readonly shape?: 'pairs' | 'ports' | 'one-item' | 'repository';
  /** Means nothing elsewhere: other CIs' files leave it out. */
  readonly only?: 'github';
}

type Details = Omit<InputMeta, 'kind' | 'description' | 'options'>;

const metas = new WeakMap<z.ZodType, InputMeta>();

/** The declaration of an input. Throws for a schema that none of the functions here made. */
export function metaOf(schema: z.ZodType): InputMeta {
  const meta = metas.get(schema);
  if (meta === undefined) throw new TypeError('An input must be made by text(), secret(), flag(), …');
  return meta;
}

function declare<S extends z.ZodType>(schema: S, meta: InputMeta): z.ZodOptional<S> {
  const optional = schema.optional();
  metas.set(optional, meta);
  return optional;
}

/** Reads text by `read`; undefined from it means that the text is not `expected`. */
function reading<T>(expected: string, read: (text: string) => T | undefined) {
  return z.string().transform((text, context): T => {
    const value = read(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });
}

export function text(description: string, details: Details = {}) {
  return declare(z.string(), { kind: 'text', description, ...details });
}

/** Masked before anything else happens. */
export function secret(description: string, details: Details = {}) {
  return declare(z.string(), { kind: 'secret', description, ...details });
}

const yes = ['true', 'yes', 'on', '1'];
const no = ['false', 'no', 'off', '0'];

export function flag(description: string, details: Details = {}) {
  const read = (given: string) => {
    const word = given.trim().toLowerCase();
    return yes.includes(word) ? true : no.includes(word) ? false : undefined;
  };
  return declare(reading('true or false', read), { kind: 'flag', description, ...details });
}

function itemsOf(given: string): string[] {
  return given
    .split(/[,\n]/)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** Items between commas or line ends. */
export function list(description: string, details: Details = {}) {
  return declare(reading('a list', itemsOf), { kind: 'list', description, ...details });
}

/** Items of a list, each of which is one of the options. */
export function choices<const T extends readonly [string, ...string[]]>(
  options: T,
  description: string,
  details: Details = {},
) {
  const known = (item: string): T[number] | undefined => options.find((option) => option === item);
  const read = (given: string) => {
    const items = itemsOf(given).map(known);
    return items.length > 0 && items.every((item) => item !== undefined) ? [...new Set(items)] : undefined;
  };
  const expected = `any of ${options.join(', ')}`;
  return declare(reading(expected, read), { kind: 'list', description, ...details });
}

/** One item a line, which may hold commas. */
export function lines(description: string, details: Details = {}) {
  const read = (given: string) => given.split(/\r?\n/).filter((line) => line.trim() !== '');
  return declare(reading('lines', read), { kind: 'lines', description, ...details });
}

/** Milliseconds. */
export function duration(description: string, details: Details = {}) {
  const read = (given: string) => {
    const milliseconds = parseDuration(given.trim());
    return milliseconds === 0 ? undefined : milliseconds;
  };
  const expected = `a duration such as ${formatDuration(30_000)} or ${formatDuration(5_400_000)}`;
  return declare(reading(expected, read), { kind: 'duration', description, ...details });
}

/** Bytes. */
export function size(description: string, details: Details = {}) {
  const read = (given: string) => parseSize(given.trim());
  return declare(reading('a size such as 10GB or 512m', read), { kind: 'size', description, ...details });
}

export function number(description: string, details: Details & { min: number; max: number }) {
  const { min, max, ...rest } = details;
  const read = (given: string) => {
    const value = /^\s*\d+\s*$/.test(given) ? Number(given) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  };
  return declare(reading(`a whole number from ${min} to ${max}`, read), { kind: 'number', description, ...rest });
}

export function choice<const T extends readonly [string, ...string[]]>(
  options: T,
  description: string,
  details: Details = {},
) {
  const read = (given: string): T[number] | undefined => options.find((option) => option === given.trim());
  const expected = `one of ${options.join(', ')}`;
  return declare(reading(expected, read), { kind: 'choice', description, options, ...details });
}
