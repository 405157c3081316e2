import { quote } from '../../transport/shell.ts';

/**
 * What need not be waited for: the old version drains and stops, then records, secrets and images beyond what is kept
 * are removed. Nothing in it can fail a deployment that has succeeded.
 */
const retireRecords = `done_kept=0
others_kept=0
for record in $(ls -r "$folder"/*.json); do
  if grep -qF '"status":"done"' "$record"; then
    done_kept=$(( done_kept + 1 ))
    [ "$done_kept" -gt "$keep" ] || continue
  else
    others_kept=$(( others_kept + 1 ))
    [ "$others_kept" -gt "$keep" ] || continue
  fi
  unused=$(sed -n 's/.*"pinnedImage":"\\([^"]*\\)".*/\\1/p' "$record")
  forgotten=\${record##*/}
  rm -f "$record" "\${record%.json}.log"
  case $unused in '' | sha256:*) ;; *)
    grep -rqF --include='*.json' "\\"pinnedImage\\":\\"$unused\\"" "\${folder%/*}" || docker image rm "$unused" >/dev/null 2>&1 ;;
  esac
  # Last: what a container still uses keeps this name, by which a cleanup knows it later.
  docker image rm "$keeper:\${forgotten%.json}" >/dev/null 2>&1
done
for secret in "$secrets/$resource".*; do
  [ -e "$secret" ] || continue
  grep -qF "\\"\${secret##*/}\\"" "$folder"/*.json || rm -f "$secret"
done
`;

const begin = `umask 077
exec 9>"$folder/drain.lock"
flock 9
docker tag "$image" "$keeper:$id" >/dev/null 2>&1
retire_old
`;

/** What is old is listed by the job, under the lock: a later deployment may have begun when this comes to run. */
const retireOld = `retire_old() {
  [ -n "$old_containers$old_services" ] || return 0
  [ "$strategy" = stop-first ] || sleep "$(( drain / 1000 ))"
  [ -z "$old_services" ] || docker service rm $old_services >/dev/null
  [ -z "$old_containers" ] || docker stop --time "$grace" $old_containers >/dev/null
  [ -z "$old_containers" ] || docker rm --force --volumes $old_containers >/dev/null
}
`;

/** Lists the containers, and Swarm services, of ours that are not the new ones. */
export const oldContainers = `
list_old() {
  new=" $(docker inspect --format '{{.Id}}' $names | tr '\\n' ' ') "
  old_containers=
  # One that somebody ran by hand of our image has the image's labels, and not this one.
  for one in $(docker ps --all --quiet --no-trunc $own_filters --filter label=dev.drayage.deployment); do
    case $new in *" $one "*) ;; *) old_containers="$old_containers $one" ;; esac
  done
  old_services=
  [ "$manager" != 1 ] || old_services=$(docker service ls --quiet $own_filters | tr '\\n' ' ')
}
`;

/** Repository in which a node names the images that deployments may need again, by the deployment's id. */
export const keeperName = (resource: string): string => `drayage.local/${resource}`;

/**
 * Starts the retirement as a process of its own, which outlives the job. The image gets a tag of ours first: a
 * digest alone counts as dangling, and somebody's `docker image prune` would take the stock that rollbacks need.
 */
export function retirementSteps(listOld: string, more = ''): string {
  return `${listOld}
retire() {
  list_old
  export folder secrets resource drain grace keep own_filters strategy old_containers old_services id image
  export keeper="${keeperName('$resource')}"
  setsid sh -c ${quote(retireOld + begin + retireRecords + more)} drayage-retirement </dev/null >/dev/null 2>>"$log" 5<&- 6>&- 7>&- 8>&- &
}
`;
}
