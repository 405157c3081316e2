import { labelPrefix } from '../config/names.ts';
import { quoteArgv } from '../transport/shell.ts';
import { proxyContainer } from './container.ts';

/**
 * Docker starts containers as soon as it is up, and gives one up for good when an overlay network of it is not there
 * yet; on a Swarm worker it never is, because the manager has to be asked first (github.com/moby/moby/issues/32607).
 * The guard starts the proxy again when that, and only that, has happened; one that was stopped on purpose stays
 * stopped. It is a shell and a Docker client of the host itself in an empty image, so nothing has to be pulled.
 */
export const guardContainer = 'drayage-proxy-guard';
const guardLabel = `${labelPrefix}.proxy-guard`;
const version = '1';
const image = 'drayage-empty:1';

const loop = `trap 'exit 0' TERM INT
while :; do
  case $(docker inspect -f '{{.State.Status}} {{.State.Error}}' ${proxyContainer} 2>/dev/null) in
    running*) docker wait ${proxyContainer} >/dev/null 2>&1 & wait $! ;;
    exited*network* | created*network*) docker start ${proxyContainer} & wait $! ;;
  esac
  sleep 3 & wait $!
done`;

/** POSIX sh that leaves the guard running. */
export function startGuardScript(): string {
  const run = ['docker', 'run', '--detach', '--name', guardContainer, '--label', `${guardLabel}=${version}`];
  const limits = ['--restart', 'unless-stopped', '--network', 'none', '--security-opt', 'label=disable'];
  const socket = ['--mount', 'type=bind,source=/var/run/docker.sock,target=/var/run/docker.sock'];
  return `if [ "$(docker inspect -f '{{index .Config.Labels "${guardLabel}"}} {{.State.Running}}' ${guardContainer} 2>/dev/null)" != '${version} true' ]; then
  docker rm -f ${guardContainer} >/dev/null 2>&1 || true
  docker image inspect ${image} >/dev/null 2>&1 || head -c 1024 /dev/zero | docker import - ${image} >/dev/null
  set --
  for folder in /bin /lib /lib64 /usr; do
    [ -d $folder ] && set -- "$@" --mount type=bind,source=$folder,target=$folder,readonly
  done
  ${quoteArgv([...run, ...limits, ...socket])} "$@" ${quoteArgv([image, '/bin/sh', '-c', loop])} >/dev/null
fi
`;
}

/** Whether the guard of this version is there, as the engine's API shows the container. */
export function isGuard(labels: unknown): boolean {
  return typeof labels === 'object' && labels !== null && (labels as Record<string, unknown>)[guardLabel] === version;
}
