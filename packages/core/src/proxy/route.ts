import { domainToASCII } from 'node:url';
import * as z from 'zod';

/**
 * What one service asks of the proxy of a node, as it stands in `<state>/proxy/routes/<resource>.json`. These files
 * are the truth from which the proxy's whole configuration is made; several projects may share one proxy.
 */
const certificate = z.lazy(() =>
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('letsencrypt') }),
    z.strictObject({ kind: z.literal('none') }),
    /** Name of a pair `<name>.crt`, `<name>.key` in the proxy's certificates folder. */
    z.strictObject({ kind: z.literal('custom'), name: z.string().regex(/^[a-z0-9-]+$/) }),
  ]),
);

const domain = z.lazy(() =>
  z.strictObject({
    /** Lower case, punycode. */
    host: z.string().min(1),
    path: z.string().startsWith('/'),
    port: z.int().min(1).max(65535),
    https: z.boolean(),
    certificate,
  }),
);

const schema = z.lazy(() =>
  z.strictObject({
    version: z.literal(1),
    /** Name of the service's containers on the environment's network; slots add `-blue` and `-green`. */
    resource: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/),
    network: z.string().min(1),
    /** Owner labels of the service: a route of another owner is never overwritten. */
    owner: z.record(z.string(), z.string()),
    acme: z
      .strictObject({
        directory: z.url(),
        email: z.string().optional(),
        /** Name of a PEM file in the proxy's authorities folder. */
        authority: z
          .string()
          .regex(/^[a-z0-9-]+\.pem$/)
          .optional(),
      })
      .optional(),
    domains: z.array(domain),
  }),
);

export type Route = z.infer<typeof schema>;
export type RouteDomain = z.infer<typeof domain>;
export type AcmeSettings = NonNullable<Route['acme']>;

/** Let's Encrypt's production directory (RFC 8555, 7.1.1). */
export const letsEncrypt = 'https://acme-v02.api.letsencrypt.org/directory';

/** Text of a route file: stable, so that equal routes are equal bytes. */
export function printRoute(route: Route): string {
  return `${JSON.stringify(schema.parse(route), null, 2)}\n`;
}

/** Reads a route file; undefined where it is damaged or of a newer version. */
export function parseRoute(text: string): Route | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Labels of letters, digits and inner hyphens (RFC 1123, 2.1), with the underscore that DNS allows as well. */
const hostName = /^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/;

/** The form of a host name that travels in DNS, TLS and Host headers. Empty for a name that cannot exist. */
export function asciiHost(host: string): string {
  const wildcard = host.startsWith('*.');
  const name = domainToASCII(wildcard ? host.slice(2) : host).toLowerCase();
  if (!hostName.test(name)) return '';
  return wildcard ? `*.${name}` : name;
}

/** Sorts so that the first match is the right one: exact hosts before wildcards, longer paths before shorter ones. */
export function byPrecedence(one: RouteDomain, other: RouteDomain): number {
  return (
    Number(one.host.startsWith('*')) - Number(other.host.startsWith('*')) ||
    compare(one.host, other.host) ||
    trimmed(other.path).length - trimmed(one.path).length ||
    compare(one.path, other.path)
  );
}

/** A path without its closing slash; empty for the root. */
export const trimmed = (path: string): string => path.replace(/\/+$/, '');

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
