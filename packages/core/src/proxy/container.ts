import { createHash } from 'node:crypto';
import { labelPrefix } from '../config/names.ts';
import { proxyPaths } from './slot.ts';

/** The kinds of proxy Drayage runs itself. */
export type ProxyKind = 'caddy' | 'traefik';

/** Where the proxy's folder and its data appear inside the container. */
const mounted = '/drayage';
export const inContainer = {
  root: mounted,
  active: `${mounted}/active`,
  dynamic: `${mounted}/dynamic`,
  certificates: `${mounted}/certificates`,
  authorities: `${mounted}/authorities`,
  caddyConfig: `${mounted}/caddy.json`,
  traefikConfig: `${mounted}/traefik.yml`,
  /** On a tmpfs of the container's own: gone with every stop, so that a stale socket never blocks a start. */
  adminSocket: '/run/drayage/admin.sock',
  data: '/data',
} as const;

/** One per node, shared by all projects on it. */
export const proxyContainer = 'drayage-proxy';
const dataVolume = 'drayage-proxy-data';
/**
 * The network the proxy starts on. Its name sorts before those of all environments: Docker publishes ports through the
 * network that sorts first, and would close and reopen 80 and 443 whenever one came in front of it.
 */
export const proxyNetwork = '0--drayage-proxy';
/** Says which kind runs and from which settings, so that a change is seen without comparing everything. */
export const proxyLabel = `${labelPrefix}.proxy`;
export const proxySpecLabel = `${labelPrefix}.proxy-spec`;

/** Files of the proxy on the node, besides those every layer knows (slot.ts). */
export function proxyFiles(stateDir: string) {
  const { root } = proxyPaths(stateDir);
  return {
    routes: `${root}/routes`,
    certificates: `${root}/certificates`,
    authorities: `${root}/authorities`,
    caddyConfig: `${root}/caddy.json`,
    traefikConfig: `${root}/traefik.yml`,
    dynamic: proxyPaths(stateDir).dynamic,
    lock: `${root}/lock`,
  };
}

const defaultImages: Record<ProxyKind, string> = { caddy: 'caddy:2', traefik: 'traefik:v3.6' };

export interface ProxyContainerSpec {
  readonly kind: ProxyKind;
  readonly image: string;
  /** Arguments of `docker run`, without the image and the command. */
  readonly options: readonly string[];
  readonly command: readonly string[];
  readonly hash: string;
}

/** How the proxy's container is made; restarted by Docker after every restart of Docker or the host. */
export function proxyContainerSpec(
  kind: ProxyKind,
  { stateDir, image = defaultImages[kind] }: { stateDir: string; image?: string },
): ProxyContainerSpec {
  const options = [
    ...['--restart', 'unless-stopped', '--stop-timeout', '30'],
    ...['--publish', '80:80/tcp', '--publish', '443:443/tcp', '--publish', '443:443/udp'],
    ...['--volume', `${proxyPaths(stateDir).root}:${mounted}`, '--volume', `${dataVolume}:${inContainer.data}`],
    ...['--tmpfs', '/run/drayage:mode=700'],
    ...['--log-driver', 'json-file', '--log-opt', 'max-size=10m', '--log-opt', 'max-file=3'],
  ];
  const command =
    kind === 'caddy'
      ? ['caddy', 'run', '--config', inContainer.caddyConfig]
      : ['traefik', `--configFile=${inContainer.traefikConfig}`];
  const hash = createHash('sha256')
    .update(JSON.stringify([image, proxyNetwork, options, command]))
    .digest('hex')
    .slice(0, 12);
  return { kind, image, options, command, hash };
}
