import type { Location } from '../errors/drayage-error.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { canonicalHost, canonicalPath } from './normalise/domain.ts';
import type { Plain } from './plain.ts';
import { type Dict, locate, type Path } from './tree.ts';

/** Something that only one service can have on one server. */
export interface Claim {
  /** "the domain shop.example.com/" or "port 8080/tcp". */
  readonly what: string;
  readonly server: string;
  readonly service: string;
  readonly environment: string;
  readonly at?: Location;
}

/**
 * Domains and published ports of one environment, read from plain values: so that environments whose secrets are
 * not in this run are compared too. What is not known (an unresolved reference) claims nothing.
 */
export function claimsOf(tree: Dict, plain: Plain, environment: string): Claim[] {
  const fallback = onlyServer(plain.value);
  const proxyServers = texts(get(plain.value, ['proxy', 'servers']));
  return Object.entries(record(get(plain.value, ['services']))).flatMap(([service, value]) => {
    const own = [...new Set(texts(get(value, ['deploy', 'servers'])))];
    const servers = own.length > 0 ? own : fallback;
    const fronted = proxyServers.filter((server) => servers.includes(server));
    const fronts = proxyServers.length === 0 ? servers : fronted.length > 0 ? fronted : proxyServers;
    const claim = (what: string, path: Path, on: readonly string[]) =>
      on.map((server) => ({ what, server, service, environment, at: locate(tree, ['services', service, ...path]) }));
    const domains = list(get(value, ['domains'])).flatMap((domain, index) => {
      const [host, path = '/'] = [text(domain, 'host'), text(domain, 'path')];
      if (host === undefined || plain.isUnknown(['services', service, 'domains', index, 'host'])) return [];
      if (plain.isUnknown(['services', service, 'domains', index, 'path'])) return [];
      const below = canonicalPath(path);
      return claim(
        `the domain ${canonicalHost(host)}${below === '/' ? '' : below}`,
        ['domains', index, 'host'],
        fronts,
      );
    });
    const ports = list(get(value, ['deploy', 'ports'])).flatMap((port, index) => {
      const [published, protocol = 'tcp'] = [text(port, 'published'), text(port, 'protocol')];
      const path = ['deploy', 'ports', index, 'published'];
      if (published === undefined || plain.isUnknown(['services', service, ...path])) return [];
      return claim(`port ${published}/${protocol}`, path, servers);
    });
    return [...domains, ...ports];
  });
}

/** An error for every claim that another service, of this or another environment, has made before. */
export function conflictingClaims(claims: readonly Claim[]): DrayageError[] {
  const first = new Map<string, Claim>();
  const errors: DrayageError[] = [];
  for (const claim of claims) {
    const key = `${claim.what} ${claim.server}`;
    const before = first.get(key);
    if (before === undefined) {
      first.set(key, claim);
      continue;
    }
    const other = before.at?.line === undefined ? '' : ` (line ${before.at.line})`;
    const same = before.environment === claim.environment;
    const whose = `${before.service}${same ? '' : ` in the environment ${before.environment}`}${other}`;
    const message = `The service ${claim.service} in the environment ${claim.environment} claims ${claim.what} on ${claim.server}, which belongs to ${whose}.`;
    errors.push(new DrayageError('CONFIG_CONFLICT', message, { at: claim.at }));
  }
  return errors;
}

function onlyServer(value: unknown): string[] {
  const servers = Object.entries(record(get(value, ['servers']))).filter(
    ([, server]) => text(server, 'role') !== 'build',
  );
  return servers.length === 1 ? servers.map(([name]) => name) : [];
}

function get(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => record(at)[key], value);
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function texts(value: unknown): string[] {
  return list(value).filter((item) => typeof item === 'string');
}

function text(value: unknown, key: string): string | undefined {
  const found = record(value)[key];
  return typeof found === 'string' ? found : undefined;
}
