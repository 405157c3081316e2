import { noContent } from '../tree.ts';
import { leadsOut } from './links.ts';
import { type Member, memberPath, refused } from './member.ts';

/** One entry of the tree an archive stands for. */
export interface Node {
  readonly path: string;
  readonly kind: 'file' | 'link' | 'folder';
  /** Type and permissions as in `st_mode`. */
  readonly mode: number;
  readonly size: number;
  /** SHA-256 of a file's content or a link's target; zeros for a folder. */
  readonly content: string;
  readonly target?: string;
  /** Where the archive holds the content: another path for a hard link. */
  readonly heldAt: string;
}

/** What an archive may hold at most. */
export const limits = { entries: 250_000, bytes: 16 * 1024 ** 3, ratio: 200, free: 512 * 1024 ** 2 } as const;

/**
 * The tree of an archive, entry by entry, and everything that is refused in it: what would end outside of the tree, what is no file, folder or
 * link, what stands there twice, and what is far larger than it looks. Throws ARCHIVE_INVALID, naming the entry.
 */
export class Layout {
  readonly #archive: string;
  readonly #packed: number;
  readonly #nodes = new Map<string, Node>();
  /** Folders that are there only because something is in them. */
  readonly #implied = new Set<string>();
  #bytes = 0;

  /** @param packed Size of the archive itself, in bytes. */
  constructor(archive: string, packed: number) {
    this.#archive = archive;
    this.#packed = packed;
  }

  /** Where a member belongs; undefined for the root itself. What it announces counts against the limits. */
  place(member: Member): string | undefined {
    const { name, kind, size, target } = member;
    const shown = JSON.stringify(name);
    if (kind === 'other') throw this.#refused(`holds ${target ?? 'something else'}, ${shown}`);
    if (/[\0\n\uFFFD]/.test(name)) throw this.#refused(`holds a name that cannot be sent, ${shown}`);
    if (/^(?:[/\\]|[A-Za-z]:[/\\])/.test(name)) throw this.#refused(`holds an absolute path, ${shown}`);
    if (name.split(/[/\\]/).includes('..')) throw this.#refused(`holds a path that leaves it, ${shown}`);
    const path = memberPath(name);
    this.#count(kind === 'copy' ? (this.#nodes.get(memberPath(target ?? ''))?.size ?? 0) : size, shown);
    return path === '.' || path === '' ? undefined : path;
  }

  /** @param content SHA-256 of a file. */
  add(path: string, member: Member, content = noContent): void {
    const { kind, size, target = '' } = member;
    const shown = JSON.stringify(member.name);
    this.#addParents(path, shown);
    const there = this.#nodes.get(path);
    const isFolder = kind === 'folder';
    if (there !== undefined && !(isFolder && there.kind === 'folder')) {
      throw this.#refused(
        this.#implied.has(path) ? `holds ${shown} as a folder and as something else` : `holds ${shown} twice`,
      );
    }
    this.#implied.delete(path);
    const permissions = member.mode & 0o777;
    if (kind === 'folder') this.#set({ path, kind, mode: 0o040700 | permissions, size: 0, content, heldAt: path });
    else if (kind === 'link') this.#set({ path, kind, mode: 0o120777, size: 0, content, target, heldAt: path });
    else if (kind === 'file') this.#set({ path, kind, mode: 0o100600 | permissions, size, content, heldAt: path });
    else {
      const original = this.#nodes.get(memberPath(target));
      if (original?.kind !== 'file') {
        throw this.#refused(
          `holds a hard link, ${shown}, to ${JSON.stringify(target)}, which is no file before it in the archive`,
        );
      }
      this.#set({ ...original, path });
    }
  }

  /** The tree. An only folder at the top is its root: archives of GitHub and GitLab, and of release tools, have one. */
  finish(): { readonly nodes: readonly Node[]; readonly top?: string } {
    const all = [...this.#nodes.values()];
    if (all.length === 0) throw this.#refused('is empty');
    const top = onlyFolder(all);
    const nodes =
      top === undefined
        ? all
        : all.filter(({ path }) => path !== top).map((node) => ({ ...node, path: node.path.slice(top.length + 1) }));
    const links = new Map(nodes.flatMap(({ path, target }) => (target === undefined ? [] : [[path, target] as const])));
    for (const [path, target] of links) {
      if (!leadsOut(path, links)) continue;
      const name = JSON.stringify(top === undefined ? path : `${top}/${path}`);
      throw this.#refused(`holds a link that leads out of it, ${name} to ${JSON.stringify(target)}`);
    }
    return { nodes, top };
  }

  #set(node: Node): void {
    this.#nodes.set(node.path, node);
  }

  #addParents(path: string, shown: string): void {
    for (let end = path.indexOf('/'); end > 0; end = path.indexOf('/', end + 1)) {
      const parent = path.slice(0, end);
      const there = this.#nodes.get(parent);
      if (there === undefined) {
        this.#set({ path: parent, kind: 'folder', mode: 0o040755, size: 0, content: noContent, heldAt: parent });
        this.#implied.add(parent);
      } else if (there.kind !== 'folder') {
        const what = there.kind === 'link' ? 'a link' : 'a file';
        throw this.#refused(`holds ${shown} below ${JSON.stringify(parent)}, which is ${what}`);
      }
    }
  }

  #count(size: number, shown: string): void {
    this.#bytes += size;
    if (this.#nodes.size >= limits.entries) {
      throw this.#refused(`holds more than ${limits.entries} entries; ${shown} is the first too many`);
    }
    if (this.#bytes > limits.bytes) {
      throw this.#refused(`holds more than ${limits.bytes / 1024 ** 3} GB; with ${shown} it is too much`);
    }
    if (this.#bytes > Math.max(limits.free, limits.ratio * this.#packed)) {
      throw this.#refused(`unpacks to over ${limits.ratio} times its size; with ${shown} it is too much`);
    }
  }

  #refused(what: string) {
    return refused(this.#archive, what, 'Make the archive anew without that entry; nothing of it was sent.');
  }
}

function onlyFolder(nodes: readonly Node[]): string | undefined {
  const [first = ''] = nodes[0]?.path.split('/') ?? [];
  const isOnly = nodes.every(({ path, kind }) => (path === first ? kind === 'folder' : path.startsWith(`${first}/`)));
  return isOnly && nodes.some(({ path }) => path !== first) ? first : undefined;
}
