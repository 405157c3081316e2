import type { MaybeSecret, Secret } from '../model.ts';
import type { Plain } from '../plain.ts';
import type { Problems } from '../problems.ts';
import type { Origin, Resolved, Resolver } from '../resolve.ts';
import { secret } from '../secret.ts';
import { type Dict, type Path, printPath } from '../tree.ts';

/** Reads a file that drayage.yml names, relative to its folder; rejects when there is none. */
export type ReadFile = (name: string) => Promise<string>;

/** What every part of the normalisation needs besides its own values. */
export class Reading {
  readonly tree: Dict;
  readonly plain: Plain;
  readonly problems: Problems;
  /** Secrets that stand in drayage.yml itself: to be masked like those that were given. */
  readonly masks: string[] = [];
  readonly #resolver: Resolver;
  readonly #readFile: ReadFile;

  constructor(tree: Dict, plain: Plain, problems: Problems, resolver: Resolver, readFile: ReadFile) {
    this.tree = tree;
    this.plain = plain;
    this.problems = problems;
    this.#resolver = resolver;
    this.#readFile = readFile;
  }

  /** Wrapped if a reference made it a secret. */
  value(path: Path, text: string): MaybeSecret {
    return this.plain.isSecret(path) ? secret(text) : text;
  }

  values(path: Path, texts: Readonly<Record<string, string>>): Record<string, MaybeSecret> {
    return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, this.value([...path, name], text)]));
  }

  /** Text at a place that is for secrets: always wrapped, and a warning when it stands there readable. */
  secret(path: Path, text: string): Secret {
    if (!this.plain.isSecret(path) && text !== '') {
      this.masks.push(text);
      const message = `${printPath(path)} is no reference to a secret: whoever reads the repository can read it.`;
      this.problems.warn(path, `${message} Write "\${{ secrets.NAME }}" instead.`);
    }
    return secret(text);
  }

  /** A PEM text as it is, or the content of the file that is named instead. */
  async pem(path: Path, text: string): Promise<string | undefined> {
    if (text.includes('-----BEGIN ')) return text;
    const content = await this.file(path, text);
    if (content === undefined) return undefined;
    if (content.text.includes('-----BEGIN ')) return content.text;
    this.problems.error(path, `The file ${text}, named by ${printPath(path)}, holds no PEM text.`);
    return undefined;
  }

  /** The content of a file that is named at `path`, its references replaced. */
  async file(path: Path, name: string): Promise<Resolved | undefined> {
    const content = await this.raw(path, name);
    return content === undefined ? undefined : this.resolve(content, { path, at: { file: name }, inFile: true });
  }

  /** The content of a file as it is. */
  async raw(path: Path, name: string): Promise<string | undefined> {
    try {
      return await this.#readFile(name);
    } catch (cause) {
      const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
      const reason = missing ? 'there is no such file' : cause instanceof Error ? cause.message : String(cause);
      this.problems.error(path, `The file ${name}, named by ${printPath(path)}, cannot be read: ${reason}.`);
      return undefined;
    }
  }

  /** The content of a file of our own beside drayage.yml; undefined where there is none. */
  async own(name: string): Promise<string | undefined> {
    return this.#readFile(name).catch(() => undefined);
  }

  resolve(text: string, origin: Origin): Resolved {
    return this.#resolver.text(text, origin);
  }
}
