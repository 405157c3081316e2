import type * as z from 'zod';
import type { Path } from './tree.ts';

/** Any map of drayage.yml takes such a key. */
const stand = (index: number) => `renamed-${index + 1}`;

/**
 * What is wrong below keys that are no names: zod looks no further where the key is wrong, and whoever mends it would be
 * told the rest only then. The value is read once more with other keys, and the paths are those of the file again.
 */
export function issuesBelowMisnamed(
  value: unknown,
  issues: readonly z.core.$ZodIssue[],
  issuesOf: (value: unknown) => readonly z.core.$ZodIssue[],
): readonly z.core.$ZodIssue[] {
  const misnamed = issues.filter(({ code }) => code === 'invalid_key').map(({ path }) => path as Path);
  if (misnamed.length === 0) return [];
  const renamed = misnamed.reduce<unknown>((whole, path, index) => rename(whole, path, stand(index)), value);
  return issuesOf(renamed).flatMap((issue) => {
    const key = misnamed.find((path, index) => isBelow(issue.path, [...path.slice(0, -1), stand(index)]));
    return key === undefined ? [] : [{ ...issue, path: [...key, ...issue.path.slice(key.length)] }];
  });
}

function isBelow(path: readonly PropertyKey[], above: Path): boolean {
  return above.every((step, index) => path[index] === step);
}

function rename(value: unknown, [step, ...rest]: Path, key: string): unknown {
  if (Array.isArray(value)) return value.map((item, index) => (index === step ? rename(item, rest, key) : item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, below]) => {
      if (name !== step) return [name, below];
      return rest.length === 0 ? [key, below] : [name, rename(below, rest, key)];
    }),
  );
}
