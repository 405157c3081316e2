import * as z from 'zod';
import type { Path } from './tree.ts';

/** The keys a schema knows at a path, through optional values, lists, maps and alternatives. */
export function knownKeys(schema: z.ZodType, path: Path): readonly string[] {
  const found = new Set<string>();
  for (const reached of path.reduce<readonly z.ZodType[]>(
    (from, step) => from.flatMap((at) => below(at, step)),
    [schema],
  )) {
    for (const option of alternatives(reached)) {
      if (option instanceof z.ZodObject) for (const key of Object.keys(option.shape)) found.add(key);
    }
  }
  return [...found];
}

function below(schema: z.ZodType, step: string | number): z.ZodType[] {
  return alternatives(schema).flatMap((option) => {
    if (option instanceof z.ZodObject) {
      const child: unknown = option.shape[String(step)];
      return child instanceof z.ZodType ? [child] : [];
    }
    if (option instanceof z.ZodArray && option.element instanceof z.ZodType) return [option.element];
    if (option instanceof z.ZodRecord && option.valueType instanceof z.ZodType) return [option.valueType];
    return [];
  });
}

function alternatives(schema: z.ZodType): z.ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault) {
    const inner: unknown = schema.unwrap();
    return inner instanceof z.ZodType ? alternatives(inner) : [];
  }
  const several: unknown = schema.meta()?.alternatives;
  if (!Array.isArray(several)) return [schema];
  return several.flatMap((option: unknown) => (option instanceof z.ZodType ? alternatives(option) : []));
}
