import type { Location } from '../errors/drayage-error.ts';
import { didYouMean } from './nearest.ts';
import type { Problems } from './problems.ts';
import { type Part, parseTemplate } from './references.ts';
import { type Found, findEnv, findGit, findSecret, type Given, notKnown } from './scope.ts';
import { type Dict, dictAt, keysAt, type Leaf, nodeAt, type Path, printPath, type Tree } from './tree.ts';

export interface Resolved {
  readonly text: string;
  /** The text carries a secret, whole or in part. */
  readonly secret: boolean;
  /** A reference stood for nothing: the text is not the real one. */
  readonly unknown: boolean;
}

/** Where text came from, for messages and for what `service.X` means there. */
export interface Origin {
  readonly path: Path;
  readonly at?: Location;
  /** The text is a file's content: places in it are exact. */
  readonly inFile?: boolean;
}

/** Replaces the references of one environment's configuration. Variables may refer to each other, not in circles. */
export class Resolver {
  readonly #tree: Dict;
  readonly #environment: string;
  readonly #given: Given;
  readonly #problems: Problems;
  readonly #lenient: boolean;
  readonly #open: string[] = [];

  /** `lenient`: the environment is not the one being deployed, so its secrets may be absent without that being an error. */
  constructor(tree: Dict, environment: string, given: Given, problems: Problems, lenient = false) {
    this.#tree = tree;
    this.#environment = environment;
    this.#given = given;
    this.#problems = problems;
    this.#lenient = lenient;
  }

  leaf(leaf: Leaf, path: Path): Resolved {
    const text = leaf.text ?? '';
    if (leaf.literal === true) return { text, secret: leaf.secret === true, unknown: false };
    return this.text(text, { path, at: leaf.at });
  }

  text(text: string, origin: Origin): Resolved {
    if (!text.includes('${{')) return { text, secret: false, unknown: false };
    const { parts, malformed } = parseTemplate(text);
    for (const { raw, offset, reason } of malformed) {
      const at = placeOf(text, offset, origin);
      this.#problems.error(origin.path, `The reference ${raw} ${reason}.`, {
        at,
        code: 'CONFIG_REFERENCE_UNRESOLVED',
        hint: 'A literal ${{ is written $${{.',
      });
    }
    let result = '';
    let secret = false;
    let unknown = malformed.length > 0;
    for (const part of parts) {
      if ('text' in part) {
        result += part.text;
        continue;
      }
      const found = this.#find(part.name, origin);
      if ('text' in found) {
        result += found.text;
        secret ||= found.secret;
      } else {
        unknown = true;
        const { absent } = this.#given;
        result += absent === undefined ? part.raw : notKnown;
        if (!('missing' in found)) secret ||= found.secret;
        else if (absent !== undefined && found.isAbsent === true) {
          absent.add(part.name.join('.'));
          secret ||= part.name[0] === 'secrets';
        } else this.#unresolved(text, part, found, origin);
      }
    }
    return { text: result, secret, unknown };
  }

  #unresolved(
    text: string,
    part: Exclude<Part, { text: string }>,
    found: { missing: string; hint?: string },
    origin: Origin,
  ) {
    if (this.#lenient) return;
    const message = `The reference ${part.raw} in ${printPath(origin.path)} stands for nothing: ${found.missing}.`;
    const at = placeOf(text, part.offset, origin);
    this.#problems.error(origin.path, message, { at, code: 'CONFIG_REFERENCE_UNRESOLVED', hint: found.hint });
  }

  #find(name: readonly string[], origin: Origin): Found {
    const [scope, ...rest] = name;
    if (scope === 'services') return this.#findService(rest);
    const scopes = ['project', 'environment', 'service', 'services', 'secrets', 'env', 'git'];
    if (scope === undefined || !scopes.includes(scope)) {
      return { missing: `"${scope}" is nothing that can be referred to`, hint: didYouMean(scope ?? '', scopes) };
    }
    const [key, more] = rest;
    if (key === undefined || more !== undefined) return { missing: `it must be ${scope}.<name>` };
    if (scope === 'secrets') return findSecret(key, this.#given);
    if (scope === 'env') return findEnv(key, this.#given);
    if (scope === 'git') return findGit(key, this.#given);
    if (scope === 'project') return this.#variable(['variables'], key, nodeAt(this.#tree, ['project']));
    if (scope === 'environment') {
      const own: Tree = { kind: 'leaf', text: this.#environment, literal: true };
      return this.#variable(['environments', this.#environment, 'variables'], key, own);
    }
    const service = origin.path[0] === 'services' ? origin.path[1] : undefined;
    if (service === undefined) return { missing: 'it does not stand inside a service', hint: undefined };
    const own: Tree = { kind: 'leaf', text: String(service), literal: true };
    return this.#variable(['services', service, 'deploy', 'env'], key, own);
  }

  /** A variable by that name; `name` is the level's own name unless a variable is called so. */
  #variable(path: Path, key: string, own: Tree | undefined): Found {
    const node = nodeAt(this.#tree, [...path, key]);
    if (node !== undefined) return this.#value(node, [...path, key]);
    if (key === 'name' && own !== undefined) return this.#value(own, ['project']);
    return {
      missing: `${printPath(path)} has no ${key}`,
      hint: didYouMean(key, keysAt(this.#tree, path)) ?? `Add it under ${printPath(path)}.`,
    };
  }

  #value(node: Tree, path: Path): Found {
    if (node.kind !== 'leaf') return { missing: `${printPath(path)} is not a text` };
    const id = printPath(path);
    if (this.#open.includes(id)) {
      return { missing: `it refers to itself: ${[...this.#open.slice(this.#open.indexOf(id)), id].join(' → ')}` };
    }
    this.#open.push(id);
    const { text, secret, unknown } = this.leaf(node, path);
    this.#open.pop();
    return unknown ? { reported: true, secret } : { text, secret };
  }

  #findService([name, key, more]: readonly string[]): Found {
    const names = keysAt(this.#tree, ['services']);
    if (name === undefined || key === undefined || more !== undefined)
      return { missing: 'it must be services.<name>.url, host, port or password' };
    if (!names.includes(name)) return { missing: `there is no service ${name}`, hint: didYouMean(name, names) };
    const keys = ['url', 'host', 'port', 'password'];
    if (!keys.includes(key)) return { missing: `a service has no ${key}`, hint: didYouMean(key, keys) };
    // The alias on the environment's network.
    if (key === 'host') return { text: name, secret: false };
    if (key === 'password') return { missing: `the service ${name} is an application, and has no password` };
    const port = this.#servicePort(name);
    if (!('text' in port) || key === 'port') return port;
    return { text: `http://${name}:${port.text}`, secret: false };
  }

  /** The port an application listens on: of its first domain, its health check or its first published port. */
  #servicePort(name: string): Found {
    const service = ['services', name];
    const places: Path[] = [
      [...service, 'domains', 0, 'port'],
      [...service, 'deploy', 'health', 'port'],
      [...service, 'deploy', 'health', 'tcp'],
      [...service, 'deploy', 'ports', 0, 'target'],
    ];
    for (const path of places) {
      const node = nodeAt(this.#tree, path);
      if (node?.kind === 'leaf' && node.text !== 'true') return this.#value(node, path);
    }
    const known = dictAt(this.#tree, service) === undefined ? 'is not a map' : 'names no port';
    return {
      missing: `the service ${name} ${known}`,
      hint: `Add health: { port: … } or a domain to ${printPath(service)}.`,
    };
  }
}

function placeOf(text: string, offset: number, origin: Origin): Location | undefined {
  if (origin.inFile !== true || origin.at === undefined) return origin.at;
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { file: origin.at.file, line, column: offset - before.lastIndexOf('\n') };
}
