import { type Document, isMap, isScalar, parseDocument } from 'yaml';
import type { MaybeSecret } from '../../config/model.ts';
import { isSecret } from '../../config/secret.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { interpolate } from './interpolate.ts';

/** The `build:` of one service of a compose file, its variables replaced. */
export interface ComposeBuild {
  /** Name of the service in the compose file. */
  readonly service: string;
  /** The image it names, where it names one. */
  readonly image?: string;
  /** Folder relative to the compose file. */
  readonly context: string;
  /** Relative to the context. */
  readonly dockerfile: string;
  readonly target?: string;
  readonly args: Readonly<Record<string, MaybeSecret>>;
  readonly contexts: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Names of build secrets. */
  readonly secrets: readonly string[];
  readonly platforms: readonly string[];
  readonly noCache: boolean;
}

/** A compose file with its places and comments. */
export class ComposeFile {
  readonly name: string;
  readonly #document: Document;

  /** Throws SOURCE_INVALID for text that is no compose file. */
  constructor(text: string, name: string) {
    this.name = name;
    this.#document = parseDocument(text, { merge: true, prettyErrors: true });
    const [error] = this.#document.errors;
    if (error !== undefined) throw this.#invalid(`is not valid YAML: ${error.message.split('\n')[0]}`);
    if (!isMap(this.#document.get('services'))) throw this.#invalid('has no map "services"');
    if (this.#document.has('include'))
      throw this.#invalid('has "include"; only what stands in the file itself is built');
  }

  /** Every service with a `build:`, in the order of the file. Throws SOURCE_INVALID for what cannot be built. */
  builds(variables: Readonly<Record<string, MaybeSecret>>): ComposeBuild[] {
    const services = record(record(this.#document.toJS()).services);
    return Object.entries(services).flatMap(([name, value]) => {
      const service = record(value);
      if (service.build === undefined || service.build === null) return [];
      if (!this.#document.hasIn(['services', name, 'build'])) {
        throw this.#invalid(`gives ${name} its build by a merge key (<<); write it out in the service`);
      }
      return [this.#build(name, service, variables)];
    });
  }

  /** The file with images instead of builds; everything else, comments too, stays. */
  pinned(images: Readonly<Record<string, string>>): string {
    const document = this.#document.clone();
    for (const [service, image] of Object.entries(images)) {
      document.setIn(['services', service, 'image'], image);
      document.deleteIn(['services', service, 'build']);
    }
    return document.toString({ lineWidth: 0 });
  }

  #build(name: string, service: Dict, variables: Readonly<Record<string, MaybeSecret>>): ComposeBuild {
    const place = `services.${name}.build`;
    const text = (value: unknown, key: string): MaybeSecret => {
      if (typeof value === 'object' || value === undefined) throw this.#invalid(`has no text for ${place}.${key}`);
      return interpolate(String(value), variables, `${place}.${key} of ${this.name}`);
    };
    const open = (value: unknown, key: string): string => {
      const found = text(value, key);
      if (isSecret(found)) throw this.#invalid(`puts a secret into ${place}.${key}, where it would show`);
      return found;
    };
    const given = typeof service.build === 'string' ? { context: service.build } : record(service.build);
    const odd = Object.keys(given).find((key) => !known.has(key));
    if (odd !== undefined) {
      throw this.#invalid(`has ${place}.${odd}, which is not supported; supported are ${[...known].join(', ')}`);
    }
    return {
      service: name,
      image: service.image === undefined ? undefined : open(service.image, '../image'),
      context: this.#inside(open(given.context ?? '.', 'context'), place),
      dockerfile: open(given.dockerfile ?? 'Dockerfile', 'dockerfile'),
      target: given.target === undefined ? undefined : open(given.target, 'target'),
      args: mapOf(given.args, (value, key) =>
        value === null || value === undefined ? text(`$${key}`, `args.${key}`) : text(value, `args.${key}`),
      ),
      contexts: mapOf(given.additional_contexts, (value, key) =>
        this.#context(open(value, `additional_contexts.${key}`), key, place),
      ),
      labels: mapOf(given.labels, (value, key) => open(value ?? '', `labels.${key}`)),
      secrets: list(given.secrets).map((value) => open(record(value).source ?? value, 'secrets')),
      platforms: list(given.platforms).map((value) => open(value, 'platforms')),
      noCache: given.no_cache === true,
    };
  }

  #inside(folder: string, place: string): string {
    if (!/^(?:[a-z+]+:\/\/|git@|\/)/.test(folder)) return folder;
    throw this.#invalid(`builds ${place}.context from ${folder}; expected a folder of the source`);
  }

  #context(value: string, name: string, place: string): string {
    if (!value.startsWith('service:')) return value;
    throw this.#invalid(
      `gives ${place}.additional_contexts.${name} the image of another service, which is not supported`,
    );
  }

  #invalid(what: string): DrayageError {
    const line = isScalar(this.#document.contents) ? 1 : undefined;
    return new DrayageError('SOURCE_INVALID', `The compose file ${this.name} ${what}.`, {
      at: { file: this.name, line },
    });
  }
}

const known = new Set([
  'context',
  'dockerfile',
  'target',
  'args',
  'additional_contexts',
  'labels',
  'secrets',
  'platforms',
  'no_cache',
]);

type Dict = Readonly<Record<string, unknown>>;

/** Compose takes maps, and lists of NAME=value. */
function mapOf<T>(value: unknown, read: (value: unknown, key: string) => T): Record<string, T> {
  const pairs = Array.isArray(value)
    ? value.map((item) => {
        const [key = '', ...rest] = String(item).split('=');
        return [key, rest.length === 0 ? undefined : rest.join('=')] as const;
      })
    : Object.entries(record(value));
  return Object.fromEntries(pairs.map(([key, each]) => [key, read(each, key)]));
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function record(value: unknown): Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Dict) : {};
}
