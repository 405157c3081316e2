import type { Problems } from './problems.ts';
import type { Resolver } from './resolve.ts';
import type { Path, Tree } from './tree.ts';

/** A configuration as plain values, all scalars text, with a memory of which texts carry secrets. */
export interface Plain {
  readonly value: unknown;
  /** Does the text at the path carry a secret? */
  isSecret(path: Path): boolean;
  /** Is the value at the path, or around it, not the real one because a reference in it stood for nothing? */
  isUnknown(path: Path): boolean;
  readonly secretPaths: readonly Path[];
}

/** Resolves every text of the tree. Values without content and references in keys are errors here. */
export function plainOf(tree: Tree, resolver: Resolver, problems: Problems): Plain {
  const secrets = new Map<string, Path>();
  const unknown = new Set<string>();
  const walk = (node: Tree, path: Path): unknown => {
    if (node.kind === 'list') return node.items.map((item, index) => walk(item, [...path, index]));
    if (node.kind === 'map') {
      const entries = [...node.entries].map(([name, entry]): [string, unknown] => {
        const below = [...path, name];
        if (name.includes('${{')) {
          problems.error(below, `References work in values, not in keys: ${name}.`, { what: 'key' });
        }
        return [name, walk(entry.value, below)];
      });
      return Object.fromEntries(entries);
    }
    if (node.text === null) {
      problems.error(path, `${lastOf(path)} has no value.`, {
        what: 'key',
        hint: 'Give it one, write "" for an empty text or {} for an empty map, or remove the key.',
      });
      unknown.add(id(path));
      return undefined;
    }
    const resolved = resolver.leaf(node, path);
    if (resolved.secret) secrets.set(id(path), path);
    if (resolved.unknown) unknown.add(id(path));
    return resolved.text;
  };
  const value = walk(tree, []);
  return {
    value,
    isSecret: (path) => secrets.has(id(path)),
    isUnknown: (path) => path.some((_, index) => unknown.has(id(path.slice(0, index + 1)))),
    secretPaths: [...secrets.values()],
  };
}

function id(path: Path): string {
  return JSON.stringify(path);
}

function lastOf(path: Path): string {
  const last = path[path.length - 1];
  return typeof last === 'number' ? `Item ${last + 1} of ${path[path.length - 2]}` : (last ?? 'drayage.yml');
}
