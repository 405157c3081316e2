import * as z from 'zod';
import { anything, type IssueParams } from './pieces.ts';

/** zod compiles a function for every map; for a value that is read once that costs more than it saves. */
export const once = { jitless: true } as const;

/**
 * Several shapes under one key, told apart by `pick`: so that the errors are those of the shape that was meant,
 * not those of all shapes. `pick` returns the shape's name, or why there is none.
 */
export function oneOf<S extends Record<string, z.ZodType>>(
  shapes: S,
  pick: (value: unknown) => keyof S | IssueParams,
): z.ZodType<z.output<S[keyof S]>, unknown> {
  const parse = (value: unknown, context: z.RefinementCtx): z.output<S[keyof S]> => {
    const picked = pick(value);
    const shape = typeof picked === 'object' ? undefined : shapes[picked];
    if (shape === undefined) {
      context.addIssue({ code: 'custom', input: value, params: typeof picked === 'object' ? picked : {} });
      return z.NEVER;
    }
    const result = shape.safeParse(value, once);
    if (result.success) return result.data as z.output<S[keyof S]>;
    for (const issue of result.error.issues) context.issues.push({ ...issue, input: value } as never);
    return z.NEVER;
  };
  // json-schema.ts turns `alternatives` into anyOf.
  const schema = anything.transform(parse);
  z.globalRegistry.add(schema, { alternatives: Object.values(shapes) });
  return schema;
}

/** The one key of `keys` that a map has; what is wrong when it has none or several. */
export function presentKey<K extends string>(value: unknown, keys: readonly K[]): K | IssueParams {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { expected: `a map with one of ${keys.join(', ')}` };
  }
  const [first, second] = keys.filter((key) => Object.hasOwn(value, key));
  if (first === undefined) return { predicate: `needs one of ${keys.join(', ')}; it has none` };
  if (second === undefined) return first;
  const predicate = `has both ${first} and ${second}; it can have only one of ${keys.join(', ')}`;
  const hint = `In an environment, "${first}: null" removes what stands under services.`;
  return { predicate, code: 'CONFIG_CONFLICT', hint };
}

/** A map whose keys must match. */
export function mapOf<T extends z.ZodType>(value: T, keys?: { readonly pattern: RegExp; readonly expected: string }) {
  if (keys === undefined) return z.record(z.string(), value);
  const message = keys.expected;
  return z.record(z.string().regex(keys.pattern, { message }), value);
}

/** Names that become part of DNS names, labels and resource names. */
export const nameKeys = {
  pattern: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
  expected: 'lower-case letters, digits and hyphens, at most 63 characters',
} as const;

/** Names of variables: anything but `=`, which Docker and the kernel split at (environ(7)). */
export const variableKeys = { pattern: /^[^=\0\s]+$/, expected: 'a name without blanks and "="' } as const;

/** Names of secrets become file names below /run/secrets. */
export const fileNameKeys = {
  pattern: /^[A-Za-z0-9_][A-Za-z0-9._-]{0,62}$/,
  expected: 'letters, digits, ".", "_" and "-", at most 63 characters',
} as const;
