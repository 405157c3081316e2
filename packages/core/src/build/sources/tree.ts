import { hash } from 'node:crypto';

/** One entry of a build context. */
export interface Entry {
  /** Relative to the context, with `/`. */
  readonly path: string;
  /** Type and permissions as in `st_mode`. */
  readonly mode: number;
  readonly kind: 'file' | 'link' | 'folder';
  /** SHA-256 of a file's content or a link's target, in hex; 64 zeros for a folder. */
  readonly content: string;
  /** Bytes of a file. */
  readonly size: number;
  /** First 12 hex digits of the SHA-256 of mode, content and path: enough to tell entries apart, short enough to send. */
  readonly key: string;
}

export const noContent = '0'.repeat(64);

/** Entries are compared in 256 groups, by the first two digits of their keys. */
const groupDigits = 2;

/**
 * A context by content. Two sides with the same root have the same files; from the digests of their groups they learn which few
 * entries differ, without either side telling the other all it has.
 */
export interface Tree {
  readonly entries: readonly Entry[];
  /** SHA-256 of the manifest. */
  readonly root: string;
  /** Digest of each group that has entries: 12 hex digits over its sorted keys. */
  readonly groups: ReadonlyMap<string, string>;
}

export function entry(fields: Omit<Entry, 'key'>): Entry {
  const { mode, content, path } = fields;
  return { ...fields, key: hash('sha256', `${octal(mode)} ${content} ${path}`).slice(0, 12) };
}

export function treeOf(entries: readonly Entry[]): Tree {
  const sorted = [...entries].sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0));
  const groups = new Map<string, string[]>();
  for (const { key } of sorted) {
    const group = key.slice(0, groupDigits);
    const keys = groups.get(group);
    if (keys === undefined) groups.set(group, [key]);
    else keys.push(key);
  }
  return {
    entries: sorted,
    root: hash('sha256', sorted.map(manifestLine).join('')),
    groups: new Map([...groups].map(([group, keys]) => [group, hash('sha256', keys.join('')).slice(0, 12)])),
  };
}

/** `key mode content path`, fields of fixed width up to the path: the server cuts them by column. */
export function manifestLine({ key, mode, content, path }: Entry): string {
  return `${key} ${octal(mode)} ${content} ${path}\n`;
}

/** Column where the path of a manifest line begins, counting from 1 as `cut` and awk do. */
export const pathColumn = 12 + 1 + 6 + 1 + 64 + 1 + 1;

export function groupLines(tree: Tree): string {
  return [...tree.groups].map(([group, digest]) => `${group} ${digest}\n`).join('');
}

export interface Difference {
  /** Ours, which the server lacks. */
  readonly add: readonly Entry[];
  /** Keys of the server's entries that are not ours. */
  readonly remove: readonly string[];
}

/**
 * What must change on the server.
 *
 * @param theirs What differs, as the server tells it: groups of ours that it has not, and its keys in groups that are not equal.
 */
export function difference(tree: Tree, theirs: readonly string[]): Difference {
  const keys = new Set(theirs.filter((word) => word.length > groupDigits));
  const groups = new Set(theirs.map((word) => word.slice(0, groupDigits)));
  const disputed = tree.entries.filter(({ key }) => groups.has(key.slice(0, groupDigits)));
  const ours = new Set(disputed.map(({ key }) => key));
  return {
    add: disputed.filter(({ key }) => !keys.has(key)),
    remove: [...keys].filter((key) => !ours.has(key)),
  };
}

function octal(mode: number): string {
  return mode.toString(8).padStart(6, '0');
}
