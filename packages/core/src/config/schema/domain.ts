import * as z from 'zod';
import { mapOf, oneOf, variableKeys } from './collections.ts';
import { choice, flag, line, matching, port, text } from './pieces.ts';

const custom = z.lazy(() =>
  z.strictObject({
    cert: text('a file name or PEM text').describe('Certificate chain: a file, or PEM text.'),
    key: text('PEM text').describe('Private key: PEM text, by a reference to a secret.'),
  }),
);

const certificate = oneOf({ named: choice('letsencrypt', 'none'), custom }, (value) =>
  typeof value === 'object' ? 'custom' : 'named',
);

const redirect = z.lazy(() =>
  z.strictObject({
    from: line().describe('Pattern of the URL.'),
    to: line().describe('Where it goes.'),
    permanent: flag().describe('301 instead of 302.').prefault(false),
  }),
);

const basicAuth = z.lazy(() =>
  z.strictObject({ user: line().describe('User name.'), password: text().describe('Password.') }),
);

const webPath = () => matching(/^\/[^\s?#]*$/, 'a path that begins with /');

/** A label of a host name (RFC 1035, 2.3.1), or an international one before it is made ASCII. */
const letter = 'A-Za-z0-9\\u00a1-\\uffff';
const label = `[${letter}](?:[${letter}-]{0,61}[${letter}])?`;

export const domainSchema = z.lazy(() =>
  z.strictObject({
    host: matching(
      new RegExp(`^(?:\\*\\.)?(?:${label}\\.)*${label}$`),
      'a host name such as shop.example.com, without https:// and path',
    ).describe('Host name, without scheme and path.'),
    path: webPath().describe('Only requests below this path; default all.').prefault('/'),
    port: port().describe("Port inside the container; default: the health check's.").optional(),
    https: flag().describe('Serve HTTPS, and redirect HTTP to it.').prefault(true),
    certificate: certificate
      .describe('letsencrypt (by ACME), none, or { cert, key }. Default: letsencrypt with https.')
      .optional(),
    'strip-path': flag().describe('Remove `path` before the request reaches the container.').prefault(false),
    'internal-path': webPath().describe('Put this before the path.').optional(),
    redirects: z.array(redirect).describe('Redirects.').prefault([]),
    middlewares: z.array(line()).describe("Names of the proxy's own middlewares.").prefault([]),
    'basic-auth': z.array(basicAuth).describe('Ask for a password.').prefault([]),
    'allow-ips': z.array(line('an address or a network')).describe('Only these clients.').prefault([]),
    headers: mapOf(text(), variableKeys).describe('Headers added to answers.').prefault({}),
    sticky: flag().describe('Keep a client on one replica.').prefault(false),
    entrypoint: line().describe("Name of the proxy's entry point.").optional(),
    resolver: line().describe("Name of the proxy's certificate resolver.").optional(),
  }),
);
