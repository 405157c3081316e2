import { normalizeRegistryHost } from './registry-host.ts';

/** An image by its parts; `docker.io/library/nginx:1.27` is registry, repository `library/nginx` and tag. */
export interface ImageReference {
  /** `host[:port]`, `docker.io` for Docker Hub. */
  readonly registry: string;
  /** Without the registry. */
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:…` */
  readonly digest?: string;
}

// The grammar of https://github.com/distribution/reference (reference.go, regexp.go).
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const repository = new RegExp(`^${component}(?:/${component})*$`);
const domainLabel = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const domain = new RegExp(`^(?:${domainLabel}(?:\\.${domainLabel})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const tagged = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const digested = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const longestName = 255;

/** Reads an image name as Docker does (`nginx` is `docker.io/library/nginx`); undefined when it is none. */
export function parseImage(text: string): ImageReference | undefined {
  const [beforeDigest = '', digest, more] = text.split('@');
  if (more !== undefined || (digest !== undefined && !isDigest(digest))) return undefined;
  const colon = beforeDigest.lastIndexOf(':');
  const hasTag = colon > beforeDigest.lastIndexOf('/');
  const name = hasTag ? beforeDigest.slice(0, colon) : beforeDigest;
  const tag = hasTag ? beforeDigest.slice(colon + 1) : undefined;
  if (tag !== undefined && !tagged.test(tag)) return undefined;
  // Sixty-four hexadecimal digits are an image's id, not a name.
  if (/^[a-f0-9]{64}$/.test(name)) return undefined;
  const split = splitDomain(name);
  if (split === undefined || !repository.test(split.repository)) return undefined;
  if (split.registry.length + 1 + split.repository.length > longestName) return undefined;
  return { ...split, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/** sha256 and sha512 have a fixed length; other algorithms only a least one. */
function isDigest(text: string): boolean {
  const [algorithm, hex = ''] = text.split(':');
  if (algorithm === 'sha256') return /^[a-f0-9]{64}$/.test(hex);
  if (algorithm === 'sha512') return /^[a-f0-9]{128}$/.test(hex);
  return digested.test(text);
}

function splitDomain(name: string): { registry: string; repository: string } | undefined {
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const isDomain = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  if (!isDomain) return { registry: 'docker.io', repository: slash === -1 ? `library/${name}` : name };
  if (!domain.test(first)) return undefined;
  const registry = normalizeRegistryHost(first);
  if (registry === undefined) return undefined;
  const rest = name.slice(slash + 1);
  return { registry, repository: registry === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest };
}

/** The full name: what `parseImage` reads back to the same parts. */
export function formatImage({ registry, repository, tag, digest }: ImageReference): string {
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** The short name Docker prints: `nginx:1.27` for `docker.io/library/nginx:1.27`. */
export function familiarImage(image: ImageReference): string {
  const full = formatImage(image);
  if (image.registry !== 'docker.io') return full;
  const short = full.replace(/^docker\.io\/(?:library\/(?=[^/]*$))?/, '');
  // `docker.io/my.team/web` must keep its registry: `my.team` would be read as one.
  return parseImage(short)?.registry === image.registry ? short : full;
}
