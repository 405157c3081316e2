import type * as z from 'zod';
import { didYouMean } from './nearest.ts';
import type { Plain } from './plain.ts';
import type { Problems } from './problems.ts';
import type { IssueParams } from './schema/pieces.ts';
import { type Path, printPath } from './tree.ts';

/** Keys that are known at a path, for "did you mean". */
export type KnownKeys = (path: Path) => readonly string[];

/** zod's issues in sentences with what was found and what was expected. Values that carry secrets are not repeated. */
export function reportIssues(
  issues: readonly z.core.$ZodIssue[],
  plain: Plain,
  known: KnownKeys,
  problems: Problems,
): void {
  for (const issue of issues) {
    const path = issue.path.filter((step) => typeof step !== 'symbol');
    if (plain.isUnknown(path)) continue;
    if (issue.code === 'unrecognized_keys') reportUnknownKeys(issue.keys, path, known(path), problems);
    else if (issue.code === 'invalid_key') reportKey(issue, path, problems);
    else reportValue(issue, path, plain, problems);
  }
}

function reportUnknownKeys(keys: readonly string[], path: Path, known: readonly string[], problems: Problems): void {
  const where = path.length === 0 ? 'drayage.yml' : printPath(path);
  for (const key of keys) {
    problems.error([...path, key], `Unknown key "${key}" in ${where}.`, { what: 'key', hint: didYouMean(key, known) });
  }
}

function reportKey(issue: z.core.$ZodIssueInvalidKey, path: Path, problems: Problems): void {
  const expected = issue.issues[0]?.message ?? 'another name';
  const parent = printPath(path.slice(0, -1));
  problems.error(path, `"${String(path.at(-1))}" cannot be a key of ${parent}; expected ${expected}.`, { what: 'key' });
}

function reportValue(issue: z.core.$ZodIssue, path: Path, plain: Plain, problems: Problems): void {
  const params: IssueParams = (issue.code === 'custom' ? issue.params : undefined) ?? {};
  if (params.predicate !== undefined) {
    problems.error(path, `${printPath(path)} ${params.predicate}.`, {
      what: 'key',
      hint: params.hint,
      code: params.code,
    });
    return;
  }
  const found = valueAt(plain.value, path);
  const expected = params.expected ?? expectedBy(issue);
  const name = path.length === 0 ? 'drayage.yml' : printPath(path);
  const { hint } = params;
  if (found === undefined) problems.error(path, `${name} is missing; expected ${expected}.`, { what: 'key', hint });
  else problems.error(path, `${name} is ${show(found, plain.isSecret(path))}; expected ${expected}.`, { hint });
}

function expectedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') {
    if (issue.expected === 'array') return 'a list';
    if (issue.expected === 'object' || issue.expected === 'record') return 'a map';
  }
  if (issue.code === 'too_small' && issue.origin === 'array') return `at least ${issue.minimum} in the list`;
  return issue.message;
}

function show(found: unknown, isSecret: boolean): string {
  if (isSecret) return 'a secret of another form';
  if (Array.isArray(found)) return 'a list';
  if (typeof found === 'object') return 'a map';
  const text = String(found);
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined),
    value,
  );
}
