import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';

/** Looks a name up; empty where it has no such record or the name server does not answer. */
export interface Lookup {
  readonly a: (host: string) => Promise<readonly string[]>;
  readonly aaaa: (host: string) => Promise<readonly string[]>;
}

export function publicLookup(): Lookup {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  return {
    a: (host) => resolver.resolve4(host).catch(() => []),
    aaaa: (host) => resolver.resolve6(host).catch(() => []),
  };
}

/**
 * Compares what DNS says of a host with the addresses of the nodes that serve it. Returns sentences about what an
 * authority or a visitor would meet instead; none when all is well, or when a node's own name cannot be looked up.
 */
export async function checkRecords(lookup: Lookup, host: string, nodes: readonly string[]): Promise<string[]> {
  if (host.startsWith('*.') || nodes.length === 0) return [];
  const [a, aaaa, own] = await Promise.all([lookup.a(host), lookup.aaaa(host), addressesOf(lookup, nodes)]);
  if (own.size === 0) return [];
  const list = [...own].join(', ');
  if (a.length === 0 && aaaa.length === 0) {
    return [`${host} has neither an A nor an AAAA record; it should point to ${list}.`];
  }
  const foreign = [...a, ...aaaa].filter((address) => !own.has(address));
  return foreign.map((address) => {
    const type = address.includes(':') ? 'AAAA' : 'A';
    return `${host} has the ${type} record ${address}, which is none of ${list}: visitors and certificate authorities may go there (behind a CDN this is meant to be so).`;
  });
}

async function addressesOf(lookup: Lookup, nodes: readonly string[]): Promise<ReadonlySet<string>> {
  const found = await Promise.all(
    nodes.map(async (node) => (isIP(node) ? [node] : [...(await lookup.a(node)), ...(await lookup.aaaa(node))])),
  );
  return new Set(found.flat());
}
