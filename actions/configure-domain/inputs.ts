import { declaration } from '@drayage/core/host/input/declaration';
import { choice, number, text } from '@drayage/core/host/input/pieces';
import {
  connectionInputs,
  projectInputs,
  runInputs,
  serversInput,
  serviceInput,
  stateInputs,
  stateOutput,
} from '@drayage/core/host/input/shared';
import * as z from 'zod';

/** Inputs that put a service behind a domain. */
export const domainInputs = {
  domain: text('Host name, such as shop.example.com.', { sets: 'services.*.domains.0.host' }),
  'domain-path': text('Path below which the service answers.', { sets: 'services.*.domains.0.path', otherwise: '/' }),
  'domain-port': number('Port inside the container.', { min: 1, max: 65_535, sets: 'services.*.domains.0.port' }),
  certificate: choice(['letsencrypt', 'none'], 'Where the certificate comes from.', {
    sets: 'services.*.domains.0.certificate',
  }),
  proxy: choice(['caddy', 'traefik', 'external'], 'The reverse proxy.', { sets: 'proxy.type' }),
  'acme-email': text("Address for the certificate authority's notices.", { sets: 'proxy.email' }),
  'acme-directory': text('ACME directory: letsencrypt, letsencrypt-staging or a URL.', {
    sets: 'proxy.acme.directory',
    otherwise: 'letsencrypt',
  }),
};

export const configureDomain = declaration({
  name: 'configure-domain',
  summary: 'Route a domain to a service, with its certificate, and ask it until it answers.',
  description:
    'What the proxy is told is also on its disk: after a restart every domain answers without a run of Drayage.',
  inputs: z.object({
    ...serviceInput,
    ...domainInputs,
    ...serversInput('Servers the service runs on', 'those of drayage.yml', 'services.*.deploy.servers'),
    ...projectInputs,
    ...connectionInputs,
    ...stateInputs,
    ...runInputs,
  }),
  outputs: {
    url: 'URL of the first domain.',
    'certificate-issuer': 'Who issued its certificate.',
    'certificate-expires': 'When the certificate expires, RFC 3339.',
    ...stateOutput,
  },
  examples: [
    'configure-domain --service web',
    'configure-domain --service web --domain shop.example.com --domain-port 3000',
  ],
});
