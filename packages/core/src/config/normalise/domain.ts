import { domainToASCII } from 'node:url';
import type { DomainSpec } from '../model.ts';
import type { ParsedApplication } from '../schema/service.ts';
import { type Path, printPath } from '../tree.ts';
import type { Reading } from './reading.ts';

type ParsedDomain = ParsedApplication['domains'][number];

/** `port`: where the application listens, as its health check and ports tell. */
export async function domainSpec(
  domain: ParsedDomain,
  at: Path,
  port: number | undefined,
  reading: Reading,
): Promise<DomainSpec | undefined> {
  const known = domain.port ?? port;
  const conflict = (key: string, message: string) =>
    reading.problems.error([...at, key], message, { what: 'key', code: 'CONFIG_CONFLICT' });
  if (known === undefined) {
    const message = `${printPath(at)} has no port, and neither do the service's health check and ports.`;
    reading.problems.error(at, message, { hint: 'Add port: with the port inside the container.' });
  }
  if (!domain.https && domain.certificate !== undefined && domain.certificate !== 'none') {
    conflict('certificate', `${printPath(at)} has https: false and a certificate; it can have only one of them.`);
  }
  if (domain.host.startsWith('*.')) {
    reading.problems.error([...at, 'host'], `The wildcard ${domain.host} is not supported yet.`, {
      code: 'NOT_SUPPORTED_YET',
    });
  }
  const certificate = await certificateOf(domain, at, reading);
  if (known === undefined || certificate === undefined) return undefined;
  return {
    host: canonicalHost(domain.host),
    path: canonicalPath(domain.path),
    port: known,
    https: domain.https,
    certificate,
  };
}

/** As clients send it: lower case, and international names in their ASCII form (RFC 5891). */
export function canonicalHost(host: string): string {
  return domainToASCII(host) || host.toLowerCase();
}

export function canonicalPath(path: string): string {
  return path.replace(/(?<=.)\/+$/, '');
}

async function certificateOf(
  domain: ParsedDomain,
  at: Path,
  reading: Reading,
): Promise<DomainSpec['certificate'] | undefined> {
  const { certificate } = domain;
  if (certificate === undefined) return { kind: domain.https ? 'letsencrypt' : 'none' };
  if (typeof certificate === 'string') return { kind: certificate };
  const place = [...at, 'certificate'];
  const cert = await reading.pem([...place, 'cert'], certificate.cert);
  const key = await reading.pem([...place, 'key'], certificate.key);
  if (cert === undefined || key === undefined) return undefined;
  return { kind: 'custom', cert, key: reading.secret([...place, 'key'], key) };
}
