/** An image by name: `registry/path[:tag][@digest]`, with the registry and `library/` written out. */
export interface ImageReference {
  /** Normalised `host[:port]`; `docker.io` where the name says none. */
  readonly registry: string;
  /** The repository's path inside the registry, as its API names it. */
  readonly path: string;
  readonly tag?: string;
  readonly digest?: string;
}

const dockerHub = 'docker.io';
const hubAliases = new Set([dockerHub, 'index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com']);

/**
 * `host[:port]` in one spelling, so that hosts can be compared exactly: without scheme, path and upper case; every name of
 * Docker Hub is `docker.io`. Comparing anything but the whole host would send one registry's password to another.
 */
export function normalizeHost(host: string): string {
  const bare = host
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '');
  return hubAliases.has(bare) ? dockerHub : bare;
}

// distribution/reference: grammar of names, tags and digests.
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const pathPattern = new RegExp(`^${component}(?:/${component})*$`);
const tagPattern = /^\w[\w.-]{0,127}$/;
const digestPattern = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-f]{32,}$/;
const hostPattern = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::\d{1,5})?$/i;

/** Parses an image name as Docker does; undefined when it is none. */
export function parseReference(text: string): ImageReference | undefined {
  const [beforeDigest = '', digest, ...more] = text.split('@');
  if (more.length > 0 || (digest !== undefined && !digestPattern.test(digest))) return undefined;
  const [, name = '', tag] = /^(.+?)(?::([^/:]*))?$/.exec(beforeDigest) ?? [];
  if (tag !== undefined && !tagPattern.test(tag)) return undefined;
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  // Only a first part with a dot, a port or an upper-case letter is a host; `localhost` is one by convention.
  const hasHost = first !== '' && (/[.:[A-Z]/.test(first) || first === 'localhost');
  if (hasHost && !hostPattern.test(first)) return undefined;
  const registry = hasHost ? normalizeHost(first) : dockerHub;
  const rest = hasHost ? name.slice(slash + 1) : name;
  if (!pathPattern.test(rest)) return undefined;
  const path = registry === dockerHub && !rest.includes('/') ? `library/${rest}` : rest;
  return { registry, path, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/** The repository as people write it: without `docker.io/` and `library/`, without tag and digest. */
export function repositoryName(reference: Pick<ImageReference, 'registry' | 'path'>): string {
  if (reference.registry !== dockerHub) return `${reference.registry}/${reference.path}`;
  return reference.path.replace(/^library\//, '');
}

/** Whether both name the same repository, whatever their spelling, tag or digest. */
export function isSameRepository(one: string, other: string): boolean {
  const [left, right] = [parseReference(one), parseReference(other)];
  return left !== undefined && right !== undefined && left.registry === right.registry && left.path === right.path;
}

/** `host[:port]` that answers the registry's HTTP API. */
export function apiHost(registry: string): string {
  return registry === dockerHub ? 'registry-1.docker.io' : registry;
}

/** The key under which Docker's config.json keeps the credentials of a registry. */
export function configKey(registry: string): string {
  return registry === dockerHub ? 'https://index.docker.io/v1/' : registry;
}
