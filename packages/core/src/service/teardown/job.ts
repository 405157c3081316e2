import { networkName, type Owner, ownerLabels, resourceName } from '../../config/names.ts';
import { seconds } from '../../docker/container-spec.ts';
import { proxyContainer } from '../../proxy/container.ts';
import { proxyPaths } from '../../proxy/slot.ts';
import type { Server } from '../../transport/server.ts';
import { quoteArgv } from '../../transport/shell.ts';
import { shortPrelude } from '../job/prelude.ts';
import { assignments } from '../job/program.ts';
import { deploymentPaths } from '../record.ts';

/** Milliseconds beyond draining and stopping that the engine may take. */
const slack = 90_000;

/** Arguments that select what an owner has made, and nothing else. */
export function filtersOf(owner: Owner): string {
  return Object.entries(ownerLabels(owner))
    .map(([key, value]) => `--filter label=${key}=${value}`)
    .join(' ');
}

export interface RemovalInput {
  readonly server: Server;
  /** Of the service. */
  readonly owner: Owner & { readonly service: string };
  /** Milliseconds from now until the containers stop: their routes are gone. */
  readonly drain: number;
  readonly stopGracePeriod: number;
  /** Whether its Swarm services and secrets can be removed here. */
  readonly isManager: boolean;
  readonly guard: string;
}

/** Milliseconds after which the job is ended. */
export function removalTimeout({ drain, stopGracePeriod }: Pick<RemovalInput, 'drain' | 'stopGracePeriod'>): number {
  return drain + 2 * stopGracePeriod + slack;
}

/**
 * Removes all that a server has of one service, as POSIX sh for `Server.job`. What is to go is listed by the job itself,
 * under the lock, by labels. A part that cannot be removed does not keep the rest; the failure names the first of them.
 */
export function removalProgram(input: RemovalInput): string {
  const { server, owner, isManager, drain, stopGracePeriod } = input;
  const resource = resourceName(owner);
  const paths = deploymentPaths(server.account.stateDir, resource);
  const { active, slots, dynamic } = proxyPaths(server.account.stateDir);
  const own = ['plain', 'blue', 'green'].map((slot) => `${slots}/${resource}.${slot}.yml`);
  const variables = {
    resource,
    folder: paths.folder,
    secrets: paths.secrets,
    keeper: `drayage.local/${resource}`,
    own_filters: filtersOf(owner),
    drain,
    grace: seconds(stopGracePeriod),
    timeout: removalTimeout(input),
    manager: isManager ? 1 : 0,
  };
  return `${input.guard}${assignments(variables)}
${shortPrelude}${steps}
remove_proxy_files() { rm -rf ${quoteArgv([`${active}/${resource}`, `${dynamic}/${resource}.yml`, ...own])}; }
drain
remove_services
remove_containers
remove_secrets
remove_proxy_files || keep "the proxy's files of $resource"
remove_history
[ -z "$kept" ] || fail TEARDOWN_INCOMPLETE "$kept"
event done ''
`;
}

const steps = `kept=
# keep WHAT: the first thing that could not be removed, with the engine's last words.
keep() {
  [ -n "$kept" ] || kept="$1 could not be removed: $(tail -n 1 said 2>/dev/null)"
  return 0
}
drain() {
  # What the records refer to is read before they go.
  cat "$folder"/*.json 2>/dev/null | tr '{}' '\\n\\n' | sed -n 's/^"secretRef":"\\([A-Za-z0-9_.-]*\\)"$/\\1/p' | sort -u >references
  [ -n "$(docker ps --quiet $own_filters --filter label=dev.drayage.deployment)" ] && [ "$drain" -gt 0 ] || return 0
  say "draining for $(( drain / 1000 )) s"
  nap "$drain"
}
remove_services() {
  # A deployment that has just ended may still be retiring the version before it.
  [ ! -e "$folder/drain.lock" ] || flock -w "$(( grace + 30 ))" "$folder/drain.lock" true
  [ "$manager" = 1 ] || return 0
  for one in $(docker service ls --format '{{.Name}}' $own_filters); do
    if docker service rm "$one" >said 2>&1; then say "Swarm service $one removed"; else keep "Swarm service $one"; fi
  done
}
# Containers of tasks are Swarm's to remove; they are waited for.
remove_containers() {
  docker ps --all --format '{{.Names}} {{.Label "com.docker.swarm.task.id"}}' $own_filters --filter label=dev.drayage.deployment >listed
  plain=$(awk 'NF == 1 { print $1 }' listed)
  if [ -n "$plain" ]; then
    docker stop --time "$grace" $plain >/dev/null 2>&1
    for one in $plain; do
      if docker rm --force --volumes "$one" >said 2>&1; then say "container $one removed"
      else docker container inspect "$one" >/dev/null 2>&1 && keep "container $one"; fi
    done
  fi
  clock
  patience=$(( now + grace * 1000 + drain + 30000 ))
  while left=$(docker ps --all --quiet --filter label=com.docker.swarm.task.id $own_filters) && [ -n "$left" ]; do
    clock
    [ "$now" -lt "$patience" ] || { docker rm --volumes $left >said 2>&1 || keep "tasks of $resource"; break; }
    nap 250
  done
}
remove_secrets() {
  if [ "$manager" = 1 ]; then
    for one in $(docker secret ls --format '{{.Name}}' $own_filters); do
      # A secret is in use until the tasks that have it are gone, on all nodes.
      for try in 1 2 3 4 5 6 7 8 9 10 11 12; do docker secret rm "$one" >said 2>&1 && break; nap 500; done
      if docker secret inspect "$one" >/dev/null 2>&1; then keep "Swarm secret $one"; else say "Swarm secret $one removed"; fi
    done
  fi
  count=0
  while read -r one; do
    [ -e "$secrets/$one" ] || continue
    if rm -f "$secrets/$one" 2>said; then count=$(( count + 1 )); else keep "secret file $one"; fi
  done <references
  for one in "$secrets/$resource".*; do
    [ -e "$one" ] || continue
    if rm -f "$one" 2>said; then count=$(( count + 1 )); else keep "secret file \${one##*/}"; fi
  done
  [ "$count" = 0 ] || say "$count secret file(s) removed"
}
# Without what could not be removed a second run would not know how long it has to drain, nor which secrets it had.
remove_history() {
  [ -z "$kept" ] || return 0
  images=$(cat "$folder"/*.json 2>/dev/null | sed -n 's/.*"pinnedImage":"\\([^"]*\\)".*/\\1/p' | sort -u)
  if [ -d "$folder" ]; then
    count=$(ls "$folder" | grep -c '\\.json$')
    if rm -rf "$folder" 2>said; then say "history of $count deployment(s) removed"; else keep "history $folder"; fi
  fi
  # Images that nothing else of Drayage's refers to. One that somebody else uses the engine keeps.
  for tag in $(docker image ls --format '{{.Tag}}' "$keeper"); do docker image rm "$keeper:$tag" >/dev/null 2>&1; done
  for one in $images; do
    case $one in sha256:*) continue ;; esac
    grep -rqF --include='*.json' "\\"$one\\"" "\${folder%/*}" 2>/dev/null || docker image rm "$one" >/dev/null 2>&1
  done
}
`;

/**
 * What is left of an environment when its services are gone: its network, and volumes where that is wanted. A network of the
 * Swarm is removed by a manager, once the proxies of all nodes have left it. Prints a line for each thing that it removed,
 * and `kept …` for what it could not.
 */
export function environmentScript(options: {
  readonly environment: Owner;
  readonly network: boolean;
  readonly isManager: boolean;
  readonly volumes: readonly string[];
}): string {
  const { environment, network, isManager, volumes } = options;
  return `${assignments({ network: networkName(environment), manager: isManager ? 1 : 0 })}
${network ? networkSteps : ''}
for one in ${quoteArgv(volumes)}; do
  for try in 1 2 3 4; do said=$(docker volume rm "$one" 2>&1) && break; sleep 0.5; done
  if docker volume inspect "$one" >/dev/null 2>&1; then echo "kept volume $one: $said" | tail -n 1; else echo "volume $one removed"; fi
done
:
`;
}

/** The proxy is the only one of ours that is on the network of an environment without services. */
export const leaveNetworkScript = (environment: Owner): string =>
  `docker network disconnect ${quoteArgv([networkName(environment), proxyContainer])} >/dev/null 2>&1\n:\n`;

/** The last tasks leave a network of the Swarm a moment after their service has gone, and it goes a moment after it was removed. */
const networkSteps = `removed=
for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  scope=$(docker network inspect --format '{{.Scope}}' "$network" 2>/dev/null) || break
  # A worker's copy of it goes by itself, with the last container.
  [ "$scope,$manager" != swarm,0 ] || break
  said=$(docker network rm "$network" 2>&1) && removed=1
  [ "$scope" != local ] || [ -n "$removed" ] || [ "$try" -lt 4 ] || break
  [ "$scope" != local ] || [ -z "$removed" ] || break
  [ "$try" = 1 ] || sleep 0.5
done
users=$(docker network inspect --format '{{range .Containers}}{{println .Name}}{{end}}' "$network" 2>/dev/null | grep -vx "$network-endpoint" | tr '\\n' ' ' | sed 's/ *$//')
if [ -n "$removed" ]; then echo "network $network removed"
elif [ -n "$scope" ] && [ "$scope,$manager" != swarm,0 ]; then
  why=$(printf '%s' "$said" | tail -n 1)
  echo "kept network $network: \${users:+it is used by }\${users:-$why}"
fi`;
