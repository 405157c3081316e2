import { quote, quoteArgv } from '../transport/shell.ts';
import { caddyConfig } from './caddy/config.ts';
import {
  type ProxyContainerSpec,
  proxyContainer,
  proxyFiles,
  proxyLabel,
  proxyNetwork,
  proxySpecLabel,
} from './container.ts';
import { proxyPaths } from './slot.ts';
import { traefikStatic } from './traefik/static.ts';

/**
 * POSIX sh that leaves the proxy running as `spec` says: made where there is none, made again where it differs (it
 * keeps its networks, routes and certificates), started where it stands still. Needs Docker.
 */
export function startProxyScript(spec: ProxyContainerSpec, stateDir: string): string {
  const paths = proxyPaths(stateDir);
  const files = proxyFiles(stateDir);
  const [config, first] =
    spec.kind === 'caddy'
      ? [files.caddyConfig, JSON.stringify(caddyConfig([]), null, 2)]
      : [files.traefikConfig, traefikStatic([])];
  const open = [paths.root, paths.active, paths.dynamic, paths.slots, files.routes, files.authorities];
  const run = [
    ...['docker', 'create', '--name', proxyContainer, '--network', proxyNetwork],
    ...['--label', `${proxyLabel}=${spec.kind}`, '--label', `${proxySpecLabel}=${spec.hash}`],
    ...[...spec.options, spec.image, ...spec.command],
  ];
  return `umask 022
mkdir -p ${quoteArgv(open)}
mkdir -p -m 700 ${quote(files.certificates)}
if [ ! -s ${quote(config)} ]; then
  cat >${quote(`${config}.next`)} <<'END_OF_CONFIG'
${first.trimEnd()}
END_OF_CONFIG
  mv -f ${quote(`${config}.next`)} ${quote(config)}
fi
docker network inspect ${proxyNetwork} >/dev/null 2>&1 || docker network create ${proxyNetwork} >/dev/null
if [ "$(docker inspect -f '{{index .Config.Labels "${proxySpecLabel}"}}' ${proxyContainer} 2>/dev/null)" != ${spec.hash} ]; then
  tries=1
  until docker image inspect ${quote(spec.image)} >/dev/null 2>&1 || docker pull --quiet ${quote(spec.image)} >/dev/null; do
    [ $tries -lt 3 ] || exit 1
    tries=$((tries + 1)); sleep 3
  done
  networks=$(docker inspect -f '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' ${proxyContainer} 2>/dev/null) || networks=
  [ -z "$networks" ] || docker rm -f ${proxyContainer} >/dev/null
  ${quoteArgv(run)} >/dev/null
  for name in $networks; do
    [ "$name" = ${proxyNetwork} ] || docker network connect "$name" ${proxyContainer}
  done
fi
docker start ${proxyContainer} >/dev/null
sleep 1
if [ "$(docker inspect -f '{{.State.Running}} {{.RestartCount}}' ${proxyContainer})" != 'true 0' ]; then
  docker logs --tail 20 ${proxyContainer}
  echo 'The proxy does not stay up.'
  exit 1
fi
`;
}
