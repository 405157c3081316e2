import { proxyContainer } from '../proxy/container.ts';
import type { Server } from '../transport/server.ts';

/** What the proxy says of a certificate it could not get. */
export interface AcmeFailure {
  readonly reason: string;
  /** The authority has decided: trying again at once would end the same way. */
  readonly final: boolean;
}

/** Problems an authority answers with that only a person can mend (RFC 8555, 6.7). */
const final =
  /urn:ietf:params:acme:error:(caa|connection|dns|incorrectResponse|rateLimited|rejectedIdentifier|tls|unauthorized|unsupportedIdentifier|accountDoesNotExist|externalAccountRequired|invalidContact|unsupportedContact|userActionRequired)/;

/** Asks the proxy's log for the last failure about a host since a moment (seconds since the epoch, the node's clock). */
export async function readAcmeFailure(server: Server, host: string, since: number): Promise<AcmeFailure | undefined> {
  const { stdout } = await server.script(`docker logs --since ${since} --tail 400 ${proxyContainer} 2>&1`, {
    accept: 'any',
    purpose: 'Reading the log of the proxy',
    repeatable: true,
  });
  return findAcmeFailure(stdout, host);
}

/** Finds the last failure in a log of Caddy or Traefik (one JSON object a line). */
export function findAcmeFailure(log: string, host: string): AcmeFailure | undefined {
  const errors = log.split('\n').flatMap((line) => {
    const entry = parse(line);
    const about = JSON.stringify([entry?.identifier, entry?.identifiers, entry?.domains, entry?.error]);
    const isFailure = entry !== undefined && (entry.level === 'error' || entry.msg === 'challenge failed');
    return isFailure && about.includes(host) && typeof entry.error === 'string' ? [entry.error] : [];
  });
  // The authority's own words beat what is said about trying again.
  const error = errors.findLast((text) => text.includes('urn:')) ?? errors.at(-1);
  return error === undefined ? undefined : { reason: shorten(error), final: final.test(error) };
}

/** Drops what the proxy wraps around the authority's words. */
function shorten(error: string): string {
  const words = /HTTP (\d+) (urn:ietf:params:acme:error:)?(\w+) - (.*)/s.exec(error);
  if (words === null) return error.trim();
  const [, , , type, detail = ''] = words;
  return `${detail.replace(/\s*\((order|ca)=.*$/s, '').trim()} (${type})`;
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
