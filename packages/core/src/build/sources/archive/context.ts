import type { Readable } from 'node:stream';
import { type Contents, inOrder, type LocalContext, type Piece } from '../contents.ts';
import type { IgnoreRules } from '../ignore-rules.ts';
import { type Entry, entry, treeOf } from '../tree.ts';
import type { Node } from './layout.ts';
import { memberPath } from './member.ts';
import type { ReadArchive } from './read.ts';

/** Up to this size a file is held in memory for a moment. */
const wholeFile = 1 << 20;

/** A folder of an archive as a build context; undefined when it is none. `.` is all of it. */
export function archiveContext(archive: ReadArchive, folder: string, rules: IgnoreRules): LocalContext | undefined {
  const root = folder === '.' ? '' : `${folder}/`;
  if (root !== '' && archive.nodes.get(folder)?.kind !== 'folder') return undefined;
  const below = new Map<string, Node>();
  for (const [path, node] of archive.nodes) if (path.startsWith(root)) below.set(path.slice(root.length), node);
  const kept = withoutIgnored(below, rules);
  const entries = kept.map(([path, { kind, mode, content, size }]) => entry({ path, kind, mode, content, size }));
  return { tree: treeOf(entries), contents: archiveContents(archive, new Map(kept)) };
}

/** As a folder is read: nothing below an ignored folder, unless a pattern may want it again; then with the folders above it. */
function withoutIgnored(below: ReadonlyMap<string, Node>, rules: IgnoreRules): [string, Node][] {
  const kept = new Map<string, Node>();
  const closed = new Set<string>();
  for (const [path, node] of [...below].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const isClosed = parentsOf(path).some((parent) => closed.has(parent));
    const isIgnored = isClosed || rules.isIgnored(path);
    if (isIgnored && node.kind === 'folder' && (isClosed || rules.isClosed(path))) closed.add(path);
    if (isIgnored) continue;
    for (const parent of parentsOf(path)) {
      const folder = below.get(parent);
      if (folder !== undefined) kept.set(parent, folder);
    }
    kept.set(path, node);
  }
  return [...kept];
}

function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let end = path.indexOf('/'); end > 0; end = path.indexOf('/', end + 1)) parents.push(path.slice(0, end));
  return parents;
}

/** Folders and links from what is known of them; then files, in the order in which the archive has them. */
function archiveContents({ read }: ReadArchive, nodes: ReadonlyMap<string, Node>): Contents {
  return async function* pieces(entries): AsyncGenerator<Piece> {
    const wanted = new Map<string, Entry[]>();
    for (const wish of inOrder(entries)) {
      const node = nodes.get(wish.path);
      if (wish.kind !== 'file') yield { entry: wish, target: node?.target };
      else wanted.set(node?.heldAt ?? '', [...(wanted.get(node?.heldAt ?? '') ?? []), wish]);
    }
    if (wanted.size === 0) return;
    for await (const { member, open } of read()) {
      const path = memberPath(member.name);
      const [first, ...same] = wanted.get(path) ?? [];
      if (first === undefined || member.kind !== 'file') continue;
      wanted.delete(path);
      const content = await open();
      yield { entry: first, bytes: first.size <= wholeFile ? await whole(content) : content };
      for (const other of same) yield { entry: other, sameAs: first.path };
      if (wanted.size === 0) return;
    }
    throw new Error(`the archive has no ${[...wanted.keys()][0]} any more`);
  };
}

async function whole(content: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}
