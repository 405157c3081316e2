import { type Document, isMap, isScalar, parseDocument } from 'yaml';
import type { MaybeSecret } from '../../config/model.ts';
import { fileNameKeys } from '../../config/schema/collections.ts';
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
  /** `dockerfile_inline`, instead. */
  readonly dockerfileText?: string;
  readonly target?: string;
  readonly args: Readonly<Record<string, MaybeSecret>>;
  readonly contexts: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Names of build secrets, by the ids that the Dockerfile has for them. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Ids of keys that are forwarded as SSH agents. */
  readonly ssh: readonly string[];
  /** Entries as buildx takes them. */
  readonly cache: { readonly from: readonly string[]; readonly to: readonly string[] };
  readonly network?: 'default' | 'none' | 'host';
  readonly platforms: readonly string[];
  readonly noCache: boolean;
}

/** A compose file with its places and comments. */
export class ComposeFile {
  readonly name: string;
  readonly #document: Document;

  readonly #isOurs: boolean;

  /**
   * @param isOurs Whether it stands in this checkout, beside drayage.yml: only such a file may use paths and the network of the build server.
   * Throws SOURCE_INVALID for text that is no compose file.
   */
  constructor(text: string, name: string, isOurs = true) {
    this.name = name;
    this.#isOurs = isOurs;
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
    if (given.dockerfile !== undefined && given.dockerfile_inline !== undefined) {
      throw this.#invalid(`has both ${place}.dockerfile and ${place}.dockerfile_inline`);
    }
    const isSet = (name: string) => Object.hasOwn(variables, name);
    return {
      service: name,
      image: service.image === undefined ? undefined : open(service.image, '../image'),
      context: this.#inside(open(given.context ?? '.', 'context'), place),
      dockerfile: open(given.dockerfile ?? 'Dockerfile', 'dockerfile'),
      ...(given.dockerfile_inline === undefined
        ? {}
        : { dockerfileText: open(given.dockerfile_inline, 'dockerfile_inline') }),
      target: given.target === undefined ? undefined : open(given.target, 'target'),
      // Without a value it is the variable of that name; where that is not set either, the Dockerfile's own default counts.
      args: mapOf(given.args, (value, key) =>
        isGiven(value) ? text(value, `args.${key}`) : isSet(key) ? text(`$${key}`, `args.${key}`) : undefined,
      ),
      contexts: mapOf(given.additional_contexts, (value, key) =>
        this.#context(open(value, `additional_contexts.${key}`), key, place),
      ),
      labels: mapOf(given.labels, (value, key) => open(value ?? '', `labels.${key}`)),
      secrets: Object.fromEntries(
        list(given.secrets).map((value) => {
          const source = open(record(value).source ?? value, 'secrets');
          const id = open(record(value).target ?? source, 'secrets');
          if (fileNameKeys.pattern.test(id)) return [id, source];
          throw this.#invalid(`has the secret "${id}" in ${place}; expected ${fileNameKeys.expected}`);
        }),
      ),
      // Paths of keys are those of somebody's own machine; here the keys are given in drayage.yml.
      ssh: Object.keys(mapOf(given.ssh, () => '')),
      cache: {
        from: this.#caches(given.cache_from, (value) => open(value, 'cache_from')),
        to: this.#caches(given.cache_to, (value) => open(value, 'cache_to')),
      },
      ...(given.network === undefined ? {} : { network: this.#network(open(given.network, 'network'), place) }),
      platforms: list(given.platforms).map((value) => open(value, 'platforms')),
      noCache: given.no_cache === true,
    };
  }

  #inside(folder: string, place: string): string {
    if (!/^(?:[a-z+]+:\/\/|git@|\/)/.test(folder)) return folder;
    throw this.#invalid(`builds ${place}.context from ${folder}; expected a folder of the source`);
  }

  /** Caches that need no credentials of another service; the specification has others ignored. A bare name is an image. */
  #caches(given: unknown, open: (value: unknown) => string): string[] {
    return list(given)
      .map(open)
      .map((entry) => (entry.includes('=') ? entry : `type=registry,ref=${entry}`))
      .filter((entry) => {
        const [, type, ...others] = entry.split(/(?:^|,)type=/).map((part) => part.split(',')[0]);
        if (others.length > 0) return false;
        const isLocal = type === 'local' && /(?:^|,)(?:src|dest)=\//.test(entry);
        return type === 'inline' || type === 'registry' || (isLocal && this.#isOurs);
      });
  }

  #network(value: string, place: string): 'default' | 'none' | 'host' {
    if (value === 'host' && !this.#isOurs) {
      throw this.#invalid(
        `has ${place}.network host, which a file from elsewhere may not ask for; write it under build.network of drayage.yml`,
      );
    }
    if (value === 'default' || value === 'none' || value === 'host') return value;
    throw this.#invalid(`has ${place}.network ${value}; expected default, none or host`);
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
  'dockerfile_inline',
  'target',
  'args',
  'additional_contexts',
  'labels',
  'secrets',
  'ssh',
  'cache_from',
  'cache_to',
  'network',
  'platforms',
  'no_cache',
]);

type Dict = Readonly<Record<string, unknown>>;

const isGiven = (value: unknown): boolean => value !== null && value !== undefined;

/** Compose takes maps, and lists of NAME=value. What is read as undefined is left out. */
function mapOf<T>(value: unknown, read: (value: unknown, key: string) => T | undefined): Record<string, T> {
  const pairs = Array.isArray(value)
    ? value.map((item) => {
        const [key = '', ...rest] = String(item).split('=');
        return [key, rest.length === 0 ? undefined : rest.join('=')] as const;
      })
    : Object.entries(record(value));
  return Object.fromEntries(
    pairs.flatMap(([key, each]) => {
      const found = read(each, key);
      return found === undefined ? [] : [[key, found] as const];
    }),
  );
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function record(value: unknown): Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Dict) : {};
}
