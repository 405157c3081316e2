import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { DrayageError, type Location } from '../errors/drayage-error.ts';
import { type Dict, type Entry, emptyDict, type Tree } from './tree.ts';
import { findUnquotedReferences, type Unquoted, unquotedReference, withQuotes } from './unquoted.ts';

/** More values than any honest file has: stops aliases that multiply (the "billion laughs"). */
const mostNodes = 100_000;

export interface ParsedYaml {
  readonly tree: Dict;
  readonly errors: readonly DrayageError[];
}

/**
 * YAML 1.2 with places. Scalars keep the text that was written (the failsafe schema), so that `1.10` and `0x1f`
 * reach an environment variable as they are; what must be a number is parsed by the schema.
 */
export function parseYaml(text: string, file: string): ParsedYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema: 'failsafe', prettyErrors: false });
  const place = (offset: number): Location => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const errors = syntaxErrors(text, document, place);
  if (errors.length > 0) {
    // An unquoted reference breaks the syntax around it: its own message is the one that helps.
    const unquoted = findUnquotedReferences(text, place);
    return unquoted.length > 0 ? parseQuoted(text, unquoted, file, place) : { tree: emptyDict, errors };
  }
  if (document.contents === null) {
    return { tree: emptyDict, errors: [new DrayageError('CONFIG_INVALID', `${file} is empty.`, { at: { file } })] };
  }
  return new TreeBuilder(text, document, place).build(file);
}

/** The tree as it would be with the quotes, so that the rest of the file is checked too. */
function parseQuoted(
  text: string,
  unquoted: readonly Unquoted[],
  file: string,
  place: (offset: number) => Location,
): ParsedYaml {
  const errors = unquoted.map(({ error }) => error);
  const quoted = withQuotes(text, unquoted);
  const document = parseDocument(quoted.text, { schema: 'failsafe', prettyErrors: false });
  const placeBefore = (offset: number) => place(quoted.before(offset));
  const isReadable = document.contents !== null && syntaxErrors(quoted.text, document, placeBefore).length === 0;
  if (!isReadable) return { tree: emptyDict, errors };
  const built = new TreeBuilder(quoted.text, document, placeBefore).build(file);
  return { tree: built.tree, errors: [...errors, ...built.errors] };
}

function syntaxErrors(text: string, document: Document, place: (offset: number) => Location): DrayageError[] {
  const duplicates = document.errors.filter((error) => error.code === 'DUPLICATE_KEY');
  // One syntax error makes many below it; only the first is about what the user wrote.
  const others = [...document.errors, ...document.warnings]
    .filter((error) => error.code !== 'DUPLICATE_KEY')
    .slice(0, 1);
  return [...duplicates, ...others]
    .sort((a, b) => a.pos[0] - b.pos[0])
    .map(({ code, message, pos }) => {
      const at = place(pos[0] + (/^[ \t]*(?=\S)/.exec(text.slice(pos[0]))?.[0].length ?? 0));
      if (code === 'MULTIPLE_DOCS') {
        return new DrayageError('CONFIG_INVALID', `${at.file} holds several YAML documents; expected one.`, { at });
      }
      if (code !== 'DUPLICATE_KEY') {
        return new DrayageError('CONFIG_INVALID', `${at.file} is not valid YAML: ${message}.`.replace('..', '.'), {
          at,
        });
      }
      const key =
        text
          .slice(pos[0])
          .match(/^(?:"[^"\n]*"|'[^'\n]*'|[^:\n]+)/)?.[0]
          .trim() ?? '';
      return new DrayageError('CONFIG_INVALID', `The key ${key} stands twice in one map.`, {
        at,
        hint: 'Keep one of them.',
      });
    });
}

class TreeBuilder {
  readonly #text: string;
  readonly #document: Document;
  readonly #place: (offset: number) => Location;
  readonly #errors: DrayageError[] = [];
  /** Finding an anchor reads the whole document: once for each alias is enough. */
  readonly #targets = new Map<Node, Node>();
  #nodes = 0;

  constructor(text: string, document: Document, place: (offset: number) => Location) {
    this.#text = text;
    this.#document = document;
    this.#place = place;
  }

  build(file: string): ParsedYaml {
    const tree = this.#tree(this.#document.contents as Node, []);
    if (tree.kind === 'map') return { tree, errors: this.#errors };
    const message = `${file} must be a map of keys, such as "project: shop".`;
    return { tree: emptyDict, errors: [...this.#errors, new DrayageError('CONFIG_INVALID', message, { at: tree.at })] };
  }

  #tree(node: Node | null, aliases: readonly Node[]): Tree {
    const at = this.#place(node?.range?.[0] ?? 0);
    if (++this.#nodes > mostNodes) {
      if (this.#nodes === mostNodes + 1) this.#error(`More than ${mostNodes} values: aliases multiply.`, at);
      return { kind: 'leaf', text: null, at };
    }
    if (isAlias(node)) {
      const target = this.#targets.get(node) ?? node.resolve(this.#document);
      if (target !== undefined) this.#targets.set(node, target);
      if (target === undefined || aliases.includes(target)) {
        this.#error(`The alias *${node.source} names ${target === undefined ? 'no anchor' : 'itself'}.`, at);
        return { kind: 'leaf', text: null, at };
      }
      return this.#tree(target, [...aliases, target]);
    }
    if (isSeq(node)) return { kind: 'list', items: node.items.map((item) => this.#tree(item as Node, aliases)), at };
    if (isMap(node)) return { kind: 'map', entries: this.#entries(node.items as Pair<Node, Node>[], aliases), at };
    if (!isScalar(node)) return { kind: 'leaf', text: null, at };
    const text = String(node.value ?? '');
    if (node.type === 'PLAIN' && text.includes('${{') && node.range) {
      const [start, end] = node.range;
      this.#errors.push(unquotedReference(this.#text, start, end, at));
    }
    const empty = node.type === 'PLAIN' && /^(?:|~|null|Null|NULL)$/.test(text);
    return { kind: 'leaf', text: empty ? null : text, at };
  }

  #entries(pairs: readonly Pair<Node, Node>[], aliases: readonly Node[]): Map<string, Entry> {
    const own = new Map<string, Entry>();
    const merged: Dict[] = [];
    for (const { key, value } of pairs) {
      const at = this.#place(key.range?.[0] ?? 0);
      const tree = this.#tree(value, aliases);
      if (!isScalar(key)) this.#error('A key must be plain text.', at);
      else if (key.value === '<<' && key.type === 'PLAIN') merged.push(...this.#mergeSources(tree, at));
      else own.set(String(key.value), { key: at, value: tree });
    }
    // https://yaml.org/type/merge.html: own keys win, then the first source that has the key.
    return new Map([...merged.reverse().flatMap((source) => [...source.entries]), ...own]);
  }

  #mergeSources(tree: Tree, at: Location): Dict[] {
    const sources = tree.kind === 'list' ? tree.items : [tree];
    const maps = sources.filter((source) => source.kind === 'map');
    if (maps.length !== sources.length) this.#error('The merge key << takes a map or a list of maps.', at);
    return maps;
  }

  #error(message: string, at: Location): void {
    this.#errors.push(new DrayageError('CONFIG_INVALID', message, { at }));
  }
}
