import * as z from 'zod';
import { mapOf, variableKeys } from './collections.ts';
import { choice, line, matching, text } from './pieces.ts';

const dns = z.lazy(() =>
  z.strictObject({
    provider: line('the name of a DNS provider').describe('DNS provider, by its name in lego.'),
    variables: mapOf(text(), variableKeys).describe('Variables the provider needs.').prefault({}),
  }),
);

const acme = z.strictObject({
  directory: matching(
    /^(?:letsencrypt|letsencrypt-staging|https:\/\/\S+)$/,
    'letsencrypt, letsencrypt-staging or the https URL of an ACME directory',
    ['letsencrypt', 'letsencrypt-staging'],
  )
    .describe('Who issues certificates: letsencrypt, letsencrypt-staging, or the URL of an ACME directory.')
    .prefault('letsencrypt'),
  ca: text('a file name or PEM text')
    .describe("Certificate authority the directory's own certificate is signed by: a file, or PEM text.")
    .optional(),
  challenge: choice('http-01', 'tls-alpn-01', 'dns-01')
    .describe('How control over the domain is proven.')
    .prefault('http-01'),
  dns: dns.describe('For dns-01.').optional(),
});

export const proxySchema = z.lazy(() =>
  z.strictObject({
    type: choice('traefik', 'caddy', 'external').describe(
      'The proxy setup installs; external: one that is already there.',
    ),
    servers: z
      .array(line('the name of a server'))
      .describe('Where it runs; default: where services with domains run.')
      .optional(),
    email: matching(/^[^\s@]+@[^\s@]+$/, 'an e-mail address')
      .describe('Contact of the ACME account.')
      .optional(),
    acme: acme.describe('Certificates.').prefault({}),
  }),
);
