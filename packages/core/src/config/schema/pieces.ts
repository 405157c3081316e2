import * as z from 'zod';
import type { ErrorCode } from '../../errors/codes.ts';
import { formatDuration, formatSize, parseDuration, parseSize } from '../quantities.ts';

/** The part of JSON Schema our scalars need. Patterns hold for texts, limits for numbers. */
export interface ScalarJson {
  readonly type: 'string' | 'integer' | 'number' | 'boolean';
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly examples?: readonly string[];
}

/** What our own issues carry; ../issues.ts makes the sentences. */
export interface IssueParams {
  /** "a whole number from 1 to 65535": completes "X is …; expected …". */
  readonly expected?: string;
  /** What follows the path instead: "has both git and path". */
  readonly predicate?: string;
  readonly code?: ErrorCode;
  readonly hint?: string;
}

/** What a function reads on its own; one for all, as there is nothing to configure. */
export const anything = z.unknown();

type Scalar<T> = z.ZodType<T, unknown>;

const reference = '\\$\\{\\{';

/** In editors a reference may stand wherever a scalar may, numbers may stand in quotes, and texts need none. */
function orReference({ pattern, enum: values, type, ...rest }: ScalarJson): Record<string, unknown> {
  if (values !== undefined)
    return {
      anyOf: [
        { type, enum: values },
        { type: 'string', pattern: reference },
      ],
      ...rest,
    };
  if (pattern === undefined) return { type: ['string', 'number', 'boolean'], ...rest };
  return {
    type: type === 'string' ? ['string', 'number'] : [type, 'string'],
    pattern: `${pattern}|${reference}`,
    ...rest,
  };
}

/**
 * A scalar from its text. drayage.yml is read as text (references may yield any value, and `1.10` must stay
 * `1.10`), so numbers and booleans are parsed here. `parse` returns undefined for what it does not accept.
 */
export function scalar<T>(expected: string, json: ScalarJson, parse: (text: string) => T | undefined): Scalar<T> {
  const read = (value: unknown, context: z.RefinementCtx): T => {
    const text = typeof value === 'object' || value === undefined ? undefined : String(value);
    const parsed = text === undefined ? undefined : parse(text);
    if (parsed === undefined) {
      context.addIssue({ code: 'custom', input: value, params: { expected } satisfies IssueParams });
      return z.NEVER;
    }
    return parsed;
  };
  const schema = anything.transform(read);
  // Straight into the registry: `.meta()` and `.describe()` would copy the schema, and there are hundreds.
  const about = orReference(json);
  z.globalRegistry.add(schema, about);
  // A piece is made anew for each key it stands under.
  schema.describe = (description) => schema.register(z.globalRegistry, { ...about, description });
  return schema;
}

/** Text of any content. */
export function text(expected = 'a text'): Scalar<string> {
  return scalar(expected, { type: 'string' }, (given) => (given.includes('\0') ? undefined : given));
}

/** Text that is not empty and has no line breaks. */
export function line(expected = 'a text on one line'): Scalar<string> {
  return matching(/^[^\r\n\0]*[^\r\n\0\s][^\r\n\0]*$/, expected);
}

export function matching(pattern: RegExp, expected: string, examples?: readonly string[]): Scalar<string> {
  const json = { type: 'string', pattern: pattern.source, examples } as const;
  return scalar(expected, json, (given) => (pattern.test(given) ? given : undefined));
}

export function integer(minimum: number, maximum: number): Scalar<number> {
  const json = { type: 'integer', minimum, maximum, pattern: '^[0-9]+$' } as const;
  return scalar(`a whole number from ${minimum} to ${maximum}`, json, (given) => {
    const number = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
    return number >= minimum && number <= maximum ? number : undefined;
  });
}

export const port = () => integer(1, 65_535);

/** A number with an optional fraction, such as a share or a count of CPUs. */
export function decimal(minimum: number, maximum: number, expected: string): Scalar<number> {
  const json = { type: 'number', minimum, maximum, pattern: '^[0-9.]+$' } as const;
  return scalar(expected, json, (given) => {
    const number = /^(?:\d+(?:\.\d+)?|\.\d+)$/.test(given) ? Number(given) : Number.NaN;
    return number >= minimum && number <= maximum ? number : undefined;
  });
}

export function flag(): Scalar<boolean> {
  return scalar('true or false', { type: 'boolean', pattern: '^(?:true|false)$' }, (given) =>
    given === 'true' ? true : given === 'false' ? false : undefined,
  );
}

export function choice<const T extends string>(...values: readonly T[]): Scalar<T> {
  const expected = values.length === 1 ? `"${values[0]}"` : `one of ${values.join(', ')}`;
  return scalar(expected, { type: 'string', enum: values }, (given) => values.find((value) => value === given));
}

/** Milliseconds. */
export function duration(minimum = 0): Scalar<number> {
  const floor = minimum === 0 ? '' : `, at least ${formatDuration(minimum)}`;
  const pattern = '^(?:0|(?:\\d+(?:ms|s|m|h|d))+)$';
  return scalar(`a duration such as 500ms, 30s or 1h30m${floor}`, { type: 'string', pattern }, (given) => {
    const milliseconds = parseDuration(given);
    return milliseconds === undefined || milliseconds < minimum ? undefined : milliseconds;
  });
}

/** Bytes. */
export function size(minimum = 0): Scalar<number> {
  const floor = minimum === 0 ? '' : `, at least ${formatSize(minimum)}`;
  const json = { type: 'integer', pattern: '^\\d+(?:\\.\\d+)?[bkmgtBKMGT]?[bB]?$' } as const;
  return scalar(`a size such as 512m or 8g${floor}`, json, (given) => {
    const bytes = parseSize(given);
    return bytes === undefined || bytes < minimum ? undefined : bytes;
  });
}
