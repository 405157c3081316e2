import * as z from 'zod';
import { choice, integer, line, matching, port, size, text } from './pieces.ts';

export const platform = () =>
  matching(/^(?:linux|windows)\/[a-z0-9]+(?:\/v\d+)?$/, 'a platform such as linux/amd64 or linux/arm64/v8', [
    'linux/amd64',
    'linux/arm64',
  ]);

/** PEM text has line breaks. */
const pem = () => text('a file, or PEM text');

const buildkit = z.lazy(() =>
  z.strictObject({
    address: matching(/^tcp:\/\/[^\s/]+:\d+$/, 'an address such as tcp://host:1234')
      .describe('Where buildkitd listens; default: it runs in a container on the server, and is reached over SSH.')
      .optional(),
    ca: pem().describe('Certificate authority: a file, or PEM text.').optional(),
    cert: pem().describe('Client certificate: a file, or PEM text.').optional(),
    key: pem().describe('Client key: a file, or PEM text by a reference to a secret.').optional(),
    'keep-storage': size(1024 ** 2)
      .describe('Build cache that stays when it is collected; default 20g.')
      .optional(),
    'max-parallelism': integer(1, 1024).describe('Build steps that run at once; default: as many as CPUs.').optional(),
    image: line('an image').describe('Image of buildkitd; default: a pinned version of moby/buildkit.').optional(),
  }),
);

export const serverSchema = z.strictObject({
  host: matching(/^[^\s/@]+$/, 'a host name, an address or "local"')
    .describe('Host name or IP address; `local` is this machine, without SSH.')
    .optional(),
  port: port().describe('SSH port; default 22.').prefault(22),
  user: matching(/^[^\s:@]+$/, 'a user name')
    .describe('SSH user; default root.')
    .prefault('root'),
  role: choice('build', 'deploy', 'both').describe('What the server may be used for; default both.').prefault('both'),
  platforms: z.array(platform()).describe('Platforms it builds natively; default: its own.').prefault([]),
  'host-key': matching(
    /^SHA256:[A-Za-z0-9+/]{43}=?$/,
    'a fingerprint such as ssh-keygen -lf prints it: SHA256: and 43 characters',
  )
    .describe('Fingerprint of its SSH host key, as `ssh-keygen -lf` prints it. Without it known_hosts decides.')
    .optional(),
  slots: integer(1, 64).describe('How many builds may run at once.').prefault(1),
  'min-free-disk': size()
    .describe('Free disk below which builds go to another of their servers; default 2g.')
    .prefault('2g'),
  'min-free-memory': size()
    .describe('Available memory below which builds go to another of their servers; default 256m.')
    .prefault('256m'),
  'docker-source': choice('official', 'distribution')
    .describe("Where setup installs Docker from: docker.com's signed repository, or the distribution's own packages.")
    .prefault('official'),
  jump: line('the name of a server').describe('Name of the server to connect through.').optional(),
  buildkit: buildkit.describe('A buildkitd reached over mutual TLS.').optional(),
});
