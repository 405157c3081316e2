import type { ErrorCode } from '../errors/codes.ts';
import { DrayageError, type Location } from '../errors/drayage-error.ts';
import { locate, type Path, type Tree } from './tree.ts';

export interface Warning {
  readonly message: string;
  readonly at?: Location;
}

export interface ProblemDetails {
  readonly hint?: string;
  readonly code?: ErrorCode;
  /** Point at the key instead of the value. */
  readonly what?: 'key' | 'value';
  /** Say nothing where something is wrong already at the same place. */
  readonly once?: boolean;
  /** The exact place, where it is known better than by the path. */
  readonly at?: Location;
}

/** Collects everything that is wrong, each at its place and each once. */
export class Problems {
  readonly #tree: Tree;
  readonly #errors = new Map<string, DrayageError>();
  readonly #warnings = new Map<string, Warning>();
  readonly #paths: Path[] = [];
  #isUnknown = (_path: Path): boolean => false;

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  /** From now on nothing is wrong with values that are not known. */
  excuse(isUnknown: (path: Path) => boolean): void {
    this.#isUnknown = isUnknown;
  }

  error(path: Path, message: string, details: ProblemDetails = {}): void {
    if (this.#isUnknown(path)) return;
    const at = details.at ?? locate(this.#tree, path, details.what);
    if (details.once === true && this.#isMarked(at)) return;
    const code = details.code ?? (at === undefined ? 'INPUT_INVALID' : 'CONFIG_INVALID');
    this.#errors.set(key(message, at), new DrayageError(code, message, { hint: details.hint, at }));
    this.#paths.push(path);
  }

  warn(path: Path, message: string): void {
    const at = locate(this.#tree, path);
    this.#warnings.set(key(message, at), { message, at });
  }

  #isMarked(at: Location | undefined): boolean {
    return (
      at !== undefined && this.errors.some((error) => error.at?.line === at.line && error.at?.column === at.column)
    );
  }

  /** What has no place came by an input, not from the file. */
  isInput(path: Path): boolean {
    return locate(this.#tree, path) === undefined;
  }

  /** Is something wrong at this path or below it? */
  has(path: Path): boolean {
    return this.#paths.some((wrong) => path.every((step, index) => wrong[index] === step));
  }

  get errors(): readonly DrayageError[] {
    return [...this.#errors.values()];
  }

  get warnings(): readonly Warning[] {
    return [...this.#warnings.values()];
  }
}

function key(message: string, at: Location | undefined): string {
  return `${at?.file ?? ''}:${at?.line ?? 0}:${at?.column ?? 0}:${message}`;
}

/** By file, line and column, so that the user mends from top to bottom; each once, also when found in two environments. */
export function inOrder(errors: readonly DrayageError[]): DrayageError[] {
  const once = new Map(errors.map((error) => [key(error.message, error.at), error]));
  const rank = (at: Location | undefined) => (at?.line ?? 0) * 10_000 + (at?.column ?? 0);
  return [...once.values()].sort((a, b) => rank(a.at) - rank(b.at));
}
