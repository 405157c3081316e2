import { hash, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { BuildkitSpec } from '../../config/buildkit-spec.ts';
import type { RegistrySpec, ServerSpec } from '../../config/model.ts';
import { labelPrefix } from '../../config/names.ts';
import { buildkitdConfig, type RegistryFacts } from '../../docker/buildkitd-config.ts';
import { lifetime, oneDay } from './lifetime.ts';

/** What stands on a server, and what the caller has. */
export interface BuildkitFacts {
  /** PEM; undefined: there is none. */
  readonly authority?: string;
  readonly server?: string;
  /** Hash of what the container was made from; undefined: there is none. */
  readonly container?: string;
  readonly running: boolean;
}

export interface CertificatePlan {
  /** Why each is made; undefined: it stays. */
  readonly authority?: string;
  readonly server?: string;
  readonly client?: string;
}

export interface CertificateQuestion {
  readonly spec: BuildkitSpec;
  readonly facts: BuildkitFacts;
  /** Whether a client's certificate that drayage.yml names, and that we cannot replace, is left as it is. */
  readonly keepClient: boolean;
  readonly now: Date;
}

/** Which certificates are made: what is missing, does not fit, or will have expired before anybody looks again. */
export function planCertificates({ spec, facts, keepClient, now }: CertificateQuestion): CertificatePlan {
  const ca = facts.authority === undefined ? undefined : new X509Certificate(facts.authority);
  const authority = ca === undefined ? 'there is none' : soon(ca, lifetime.renewAuthority, now);
  const other = authority === undefined ? undefined : 'its authority is new';
  return {
    authority,
    server: other ?? serverReason(spec, facts, ca, now),
    client: keepClient ? undefined : (other ?? clientReason(spec, ca, now)),
  };
}

function serverReason(
  { address = '' }: BuildkitSpec,
  facts: BuildkitFacts,
  ca: X509Certificate | undefined,
  now: Date,
) {
  if (facts.server === undefined || ca === undefined) return 'there is none';
  const cert = new X509Certificate(facts.server);
  const host = hostOf(address);
  const isFor = isIP(host) === 0 ? cert.checkHost(host) : cert.checkIP(host);
  if (isFor === undefined) return `it is not for ${host}`;
  if (!isSignedBy(cert, ca)) return 'its authority is another';
  return soon(cert, lifetime.renewLeaf, now);
}

function clientReason({ ca: known, cert: given }: BuildkitSpec, ca: X509Certificate | undefined, now: Date) {
  if (given === undefined || known === undefined || ca === undefined) return 'there is none';
  const cert = new X509Certificate(given);
  if (!isSignedBy(cert, ca) || new X509Certificate(known).fingerprint256 !== ca.fingerprint256)
    return 'its authority is another';
  return soon(cert, lifetime.renewLeaf, now);
}

function isSignedBy(cert: X509Certificate, ca: X509Certificate): boolean {
  return cert.checkIssued(ca) && cert.verify(ca.publicKey);
}

function soon(cert: X509Certificate, days: number, now: Date): string | undefined {
  const left = new Date(cert.validTo).getTime() - now.getTime();
  return left < days * oneDay ? `it expires on ${new Date(cert.validTo).toISOString().slice(0, 10)}` : undefined;
}

export function hostOf(address: string): string {
  return new URL(address.replace(/^tcp:/, 'http:')).hostname.replace(/^\[|\]$/g, '');
}

/** One on a server. */
export const daemonName = 'drayage-buildkitd';
export const daemonLabel = `${labelPrefix}.buildkitd`;

/** Where the daemon finds its files in the container. */
const mounted = '/etc/buildkit';

export interface DaemonPlan {
  /** Files of the daemon's folder. */
  readonly files: Readonly<Record<string, string>>;
  /** Arguments of `docker run`, with `folder` as the daemon's folder on the server. */
  readonly run: (folder: string) => readonly [string, ...string[]];
  /** Of everything it is made from, certificates included: it reads them when it starts. */
  readonly state: string;
  readonly image: string;
}

export interface DaemonWish {
  readonly spec: BuildkitSpec;
  readonly registries: readonly RegistrySpec[];
  readonly facts: RegistryFacts;
  /** PEM of the authority and of the daemon's certificate. */
  readonly authority: string;
  readonly server: string;
}

/** BuildKit in a container that listens with mutual TLS, comes up after a reboot, and keeps its cache in a volume. */
export function planDaemon({ spec, registries, facts, authority, server }: DaemonWish): DaemonPlan {
  const { keepStorage, maxParallelism, image, address = '' } = spec;
  const caFile = (host: string) => `registry-${registries.findIndex((registry) => registry.host === host)}.pem`;
  const files = {
    'buildkitd.toml': buildkitdConfig({
      ...{ keepStorage, maxParallelism, registries, facts },
      caFile: (host) => `${mounted}/${caFile(host)}`,
      listen: { address: 'tcp://0.0.0.0:1234', folder: mounted },
    }),
    'ca.pem': authority,
    'server.pem': server,
    ...Object.fromEntries(
      registries.flatMap(({ host, ca }) => (ca === undefined ? [] : [[caFile(host), `${ca.trim()}\n`]])),
    ),
  };
  const port = /:(\d+)$/.exec(address)?.[1] ?? '1234';
  const options = [
    ...['--restart', 'unless-stopped', '--privileged', '--publish', `${port}:1234`],
    ...['--volume', `${daemonName}:/var/lib/buildkit`],
    ...['--log-driver', 'json-file', '--log-opt', 'max-size=10m', '--log-opt', 'max-file=3'],
  ];
  const state = hash('sha256', JSON.stringify([files, options, image])).slice(0, 16);
  return {
    files,
    state,
    image,
    run: (folder) => [
      ...(['docker', 'run', '--detach', '--name', daemonName, '--label', `${daemonLabel}=${state}`] as const),
      ...options,
      ...['--volume', `${folder}:${mounted}:ro`, image, '--config', `${mounted}/buildkitd.toml`],
    ],
  };
}

/** Everything the daemon may be called by: the address clients use, the one SSH uses, and itself. */
export function serverNames(server: ServerSpec, { address = '' }: BuildkitSpec): string[] {
  return [...new Set([hostOf(address), ...(server.host === 'local' ? [] : [server.host]), 'localhost', '127.0.0.1'])];
}
