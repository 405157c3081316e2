import type { Location } from '../errors/drayage-error.ts';

export type Path = readonly (string | number)[];

/** A scalar as it was written: `null` for an empty value, text for everything else (`1.10` stays `1.10`). */
export interface Leaf {
  readonly kind: 'leaf';
  readonly text: string | null;
  readonly at?: Location;
  /** Given as an input: taken literally, references in it mean nothing. */
  readonly literal?: boolean;
  /** Known to be a secret already (an input), before any reference is looked at. */
  readonly secret?: boolean;
}

export interface List {
  readonly kind: 'list';
  readonly items: readonly Tree[];
  readonly at?: Location;
}

export interface Entry {
  readonly key?: Location;
  readonly value: Tree;
}

export interface Dict {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Entry>;
  readonly at?: Location;
}

/** drayage.yml with the place of every key and value; inputs given by hand have no places. */
export type Tree = Leaf | List | Dict;

export const emptyDict: Dict = { kind: 'map', entries: new Map() };

function child(tree: Tree | undefined, step: string | number): Tree | undefined {
  if (tree?.kind === 'map') return tree.entries.get(String(step))?.value;
  if (tree?.kind === 'list' && typeof step === 'number') return tree.items[step];
  return undefined;
}

export function nodeAt(tree: Tree, path: Path): Tree | undefined {
  return path.reduce<Tree | undefined>(child, tree);
}

export function dictAt(tree: Tree, path: Path): Dict | undefined {
  const node = nodeAt(tree, path);
  return node?.kind === 'map' ? node : undefined;
}

export function keysAt(tree: Tree, path: Path): string[] {
  return [...(dictAt(tree, path)?.entries.keys() ?? [])];
}

/** Where the value at `path` stands, or the nearest thing around it that stands somewhere. */
export function locate(tree: Tree, path: Path, what: 'key' | 'value' = 'value'): Location | undefined {
  const target = nodeAt(tree, path);
  // An input stands nowhere, also when it replaces what the file has.
  if (target?.kind === 'leaf' && target.literal === true) return undefined;
  for (let length = path.length; length >= 0; length--) {
    const parent = length === 0 ? undefined : nodeAt(tree, path.slice(0, length - 1));
    const last = path[length - 1];
    const key = parent?.kind === 'map' ? parent.entries.get(String(last))?.key : undefined;
    const exact = length === path.length && what === 'value';
    // A whole map or list is best shown by its key; only a scalar is shown by its own place.
    const node = nodeAt(tree, path.slice(0, length));
    const found = exact && node?.kind === 'leaf' ? (node.at ?? key) : (key ?? node?.at);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `services.web.domains[0].host`; names with other characters in quotes. */
export function printPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `["${step}"]`;
  }
  return text;
}

/** Plain values (from flags and inputs) as a tree; everything in it is literal. */
export function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return { kind: 'list', items: value.map(treeOf) };
  if (value === null || value === undefined) return { kind: 'leaf', text: null };
  if (typeof value === 'object') {
    const known = value as { secret?: unknown; reveal?: () => string };
    if (known.secret === true && typeof known.reveal === 'function') {
      return { kind: 'leaf', text: known.reveal(), literal: true, secret: true };
    }
    const given = Object.entries(value).filter(([, item]) => item !== undefined);
    return { kind: 'map', entries: new Map(given.map(([key, item]) => [key, { value: treeOf(item) }])) };
  }
  return { kind: 'leaf', text: String(value), literal: true };
}

/** Maps merge, lists and scalars replace, an explicit null removes. Places stay those of whoever gave the value. */
export function mergeTrees(base: Tree, over: Tree): Tree {
  if (base.kind !== 'map' || over.kind !== 'map') return over;
  const entries = new Map(base.entries);
  for (const [name, entry] of over.entries) {
    const below = entries.get(name);
    if (entry.value.kind === 'leaf' && entry.value.text === null) entries.delete(name);
    else if (below === undefined) entries.set(name, entry);
    else entries.set(name, { key: entry.key, value: mergeTrees(below.value, entry.value) });
  }
  return { kind: 'map', entries, at: over.at ?? base.at };
}
