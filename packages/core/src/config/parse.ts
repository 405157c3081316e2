import type * as z from 'zod';
import { reportIssues } from './issues.ts';
import { knownKeys } from './known-keys.ts';
import { issuesBelowMisnamed } from './misnamed.ts';
import { type Plain, plainOf } from './plain.ts';
import { Problems } from './problems.ts';
import { Resolver } from './resolve.ts';
import { once } from './schema/collections.ts';
import { type ParsedProject, projectSchema } from './schema/project.ts';
import type { Given } from './scope.ts';
import { refuseMisplacedSecrets } from './secret-places.ts';
import { refuseUnsupported } from './supported.ts';
import type { Dict, Path } from './tree.ts';

/** One environment's configuration after the schema, before it becomes the model. */
export interface Parsed {
  readonly tree: Dict;
  readonly plain: Plain;
  readonly problems: Problems;
  readonly resolver: Resolver;
  /** What the schema accepts; servers, registries and services with errors of their own are left out. */
  readonly project: ParsedProject | undefined;
}

/** `lenient`: another environment than the one being deployed; references may stand for nothing there. */
export function parseTree(tree: Dict, environment: string, given: Given, lenient: boolean): Parsed {
  const problems = new Problems(tree);
  const resolver = new Resolver(tree, environment, given, problems, lenient);
  const plain = plainOf(tree, resolver, problems);
  refuseUnsupported(plain.value, problems);
  refuseMisplacedSecrets(plain, problems);
  const result = projectSchema.safeParse(plain.value, once);
  if (!result.success) {
    const { issues } = result.error;
    const read = (value: unknown) => projectSchema.safeParse(value, once).error?.issues ?? [];
    const all = [...issues, ...issuesBelowMisnamed(plain.value, issues, read)];
    reportIssues(all, plain, (path) => knownKeys(projectSchema, path), problems);
  }
  if (lenient || given.absent !== undefined) problems.excuse(plain.isUnknown);
  if (result.success) return { tree, plain, problems, resolver, project: result.data };
  const wrong = pathsOf(result.error);
  if (given.absent !== undefined) {
    const project = withUnknown(plain, wrong);
    if (project !== undefined) return { tree, plain, problems, resolver, project };
  }
  const rest = projectSchema.safeParse(withoutWrong(plain.value, wrong), once);
  return { tree, plain, problems, resolver, project: rest.success ? rest.data : undefined };
}

function pathsOf({ issues }: z.ZodError): Path[] {
  return issues.map((issue) => issue.path.filter((step) => typeof step !== 'symbol'));
}

/** What a value that is no text may look like: a number, an address, a path; else it is left out, for its default. */
const standIns = ['1', 'tcp://not-known.invalid:1', '/not-known', undefined];

/** The project where all that is wrong is not known in this run, with something that fits in its place. */
function withUnknown({ value, isUnknown }: Plain, wrong: readonly Path[]): ParsedProject | undefined {
  const copy = structuredClone(value);
  let left = wrong;
  for (const standIn of standIns) {
    if (!left.every(isUnknown)) return undefined;
    for (const path of left) put(copy, path, standIn);
    const result = projectSchema.safeParse(copy, once);
    if (result.success) return result.data;
    left = pathsOf(result.error);
  }
  return undefined;
}

function put(value: unknown, path: Path, leaf: string | undefined): void {
  const [last] = path.slice(-1);
  const parent: unknown = path.slice(0, -1).reduce<unknown>((at, step) => Object(at)[step], value);
  if (last !== undefined && typeof parent === 'object' && parent !== null) Reflect.set(parent, last, leaf);
}

/** The value without what is wrong, so that the rest can still be checked and all errors be shown at once. */
function withoutWrong(value: unknown, wrong: readonly Path[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const named = new Set(['servers', 'registries', 'services', 'environments']);
  const isWrong = (...path: Path) => wrong.some((at) => path.every((step, index) => at[index] === step));
  const kept = Object.entries(value).flatMap(([key, below]): [string, unknown][] => {
    if (!Object.hasOwn(projectSchema.shape, key)) return [];
    if (!isWrong(key)) return [[key, below]];
    if (!named.has(key) || typeof below !== 'object' || below === null || Array.isArray(below)) return [];
    return [[key, Object.fromEntries(Object.entries(below).filter(([name]) => !isWrong(key, name)))]];
  });
  return { project: 'unnamed', ...Object.fromEntries(kept) };
}
