import { swarmTaskSteps } from './swarm-tasks.ts';

/**
 * A Swarm service, by the manager. Expects `service.json` for $target, in which `@ID:name@` stands for the id of the
 * Swarm secret of that name. `strategy` is rolling (Swarm exchanges the tasks of one service) or blue-green (a second
 * service beside the first, probed from the environment's network, then switched at the proxy).
 */
export const swarmSteps = `${swarmTaskSteps}
deployment_of_service='{{index .Spec.Labels "dev.drayage.deployment"}}'
created=
updated=
switched=
new_swarm_secrets=
undo() {
  [ -z "$switched" ] || switch_to_previous
  if [ -n "$created" ]; then docker service rm "$target" >/dev/null 2>&1; fi
  if [ -n "$updated" ]; then roll_back; fi
  stop_prober
  # A secret is in use until the tasks that have it are gone.
  if [ -n "$new_swarm_secrets" ]; then
    for try in 1 2 3 4 5 6 7 8; do docker secret rm $new_swarm_secrets >/dev/null 2>&1 && break; nap 250; done
  fi
  drop_secrets
}
update_state() { docker service inspect --format '{{with .UpdateStatus}}{{.State}}{{end}}' "$target" 2>/dev/null; }
# Sets service_id, service_version and the deployment that the service is of, and keeps its specification. Fails where there is
# none. Quotes within JSON's strings are escaped, so that no value can look like these keys.
read_service() {
  api GET "/services/$target"
  [ "$api_status" = 200 ] || return 1
  known=$(cat api.body)
  service_id=\${known#*'"ID":"'}
  service_id=\${service_id%%'"'*}
  service_version=\${known#*'"Version":{"Index":'}
  service_version=\${service_version%%[!0-9]*}
  known=\${known#*',"Spec":'}
  known=\${known%%',"PreviousSpec":{'*}
  known=\${known%%',"Endpoint":{'*}
  printf %s "$known" >previous.json
  case $known in
    *'"dev.drayage.deployment":"'*) previous_deployment=\${known#*'"dev.drayage.deployment":"'}; previous_deployment=\${previous_deployment%%'"'*} ;;
    *) previous_deployment= ;;
  esac
}
# Puts the service back to what it was, from our own copy: what Swarm calls the previous version is the broken one as soon
# as Swarm has gone back by itself. The version number makes the engine refuse us where Swarm was faster. It is done also
# where Swarm goes back already: a task that failed is restarted by then, as the previous version and beside the one that
# still runs. Seen anew before that one has started, the one that runs is kept; afterwards either of them may go.
roll_back() {
  for try in 1 2 3 4 5; do
    found=$(docker service inspect --format '{{.ID}} {{.Version.Index}}' "$target" 2>/dev/null) || return 0
    set -- $found
    api POST "/services/$1/update?version=$2&registryAuthFrom=previous-spec" previous.json
    [ "$api_status" != 200 ] || break
    nap 200
  done
  # Swarm goes on by itself.
  [ -z "$hurry" ] || return 0
  clock
  # It may wait a minute for a task that never ran.
  patience=$(( now + 90000 ))
  idle=0
  while [ "$now" -lt "$patience" ]; do
    state=$(update_state)
    case $state in '') idle=$(( idle + 1 )) ;; *) idle=0 ;; esac
    # Where no task had to change, Swarm has nothing to tell.
    [ "$idle" -lt 4 ] || state=completed
    case $state in
      completed | rollback_completed)
        if is_previous; then event progress ',"detail":"the service is what it was"'; return 0; fi
        roll_back_again ;;
      paused | rollback_paused) say 'Swarm could not bring the previous version back on all nodes.'; return 0 ;;
    esac
    nap 250
    clock
  done
}
is_previous() { [ "$(docker service inspect --format "$deployment_of_service" "$target" 2>/dev/null)" = "$previous_deployment" ]; }
roll_back_again() {
  api POST "/services/$(docker service inspect --format '{{.ID}}/update?version={{.Version.Index}}' "$target")&registryAuthFrom=previous-spec" previous.json
}
ensure_network() {
  api GET "/networks/$network"
  [ "$api_status" != 200 ] || return 0
  docker network create --driver overlay --attachable $network_labels "$network" >network.log 2>&1 ||
    docker network inspect "$network" >/dev/null 2>&1 ||
    fail NETWORK_FAILED "Network $network could not be created: $(tail -n 1 network.log)"
}
# Swarm secrets cannot change; a new content has a new name.
place_swarm_secrets() {
  for file in mount.*; do
    [ -e "$file" ] || continue
    name=\${file#mount.}
    if ! secret_id=$(docker secret inspect --format '{{.ID}}' "$name" 2>/dev/null); then
      secret_id=$(docker secret create $secret_labels "$name" "$file" 2>secret.log) ||
        fail REMOTE_FILE_FAILED "Swarm did not take secret $name: $(tail -n 1 secret.log)"
      new_swarm_secrets="$new_swarm_secrets $name"
    fi
    rm -f "$file"
    printf 's/@ID:%s@/%s/g\\n' "$name" "$secret_id" >>ids.sed
  done
  # Those of an earlier deployment are there already.
  for name in $known_secrets; do
    [ ! -e ids.sed ] || ! grep -qF "@ID:$name@" ids.sed || continue
    secret_id=$(docker secret inspect --format '{{.ID}}' "$name" 2>/dev/null) ||
      fail SECRET_MISSING "Swarm has no secret $name any more."
    printf 's/@ID:%s@/%s/g\\n' "$name" "$secret_id" >>ids.sed
  done
  [ -e ids.sed ] || return 0
  for body in service.json proof.json; do
    [ ! -e "$body" ] || { sed -f ids.sed "$body" >body.new && mv -f body.new "$body"; }
  done
}
# Where old and new task cannot run beside each other, the new version is proven by one task without the port first.
prove() {
  [ -e proof.json ] || return 0
  event progress ',"detail":"proving the new version healthy without its port"'
  final=$target
  final_strategy=$strategy
  target=$final-proof
  [ "$has_healthcheck" = 1 ] || { strategy=blue-green; start_prober; }
  docker service rm "$target" >/dev/null 2>&1
  create_service proof.json
  await_tasks
  docker service rm "$target" >/dev/null 2>&1
  created=
  target=$final
  strategy=$final_strategy
}
apply_service() {
  if read_service; then
    api POST "/services/$service_id/update?version=$service_version" service.json
    updated=1
    case $api_status in 200) ;; *) updated=; refused ;; esac
  else
    create_service service.json
  fi
}
create_service() {
  api POST /services/create "$1"
  created=1
  case $api_status in 201) ;; *) created=; refused ;; esac
  service_id=$(sed 's/.*"ID":"\\([^"]*\\)".*/\\1/' api.body)
}
refused() {
  reason=$(engine_said)
  case $reason in
    *'already in use by service'*) fail PORT_TAKEN "Swarm refused service $target: $reason." ;;
  esac
  fail CONTAINER_REFUSED "Swarm refused service $target: $reason."
}

# Swarm may have been faster than our look at the tasks: what made it go back is in them.
swarm_rolled_back() {
  list_tasks
  while read -r task task_state desired rest; do
    case $task_state in
      failed | rejected)
        error=\${rest#*|}
        [ "$on_failure" = continue ] || task_died "$task" "\${error%%|*}" "\${error#*|}" ;;
    esac
  done <tasks
  task=$(cut -d ' ' -f 1 tasks | head -n 1)
  [ -z "$task" ] || docker service logs --raw --no-task-ids --tail 20 "$task" >tail 2>&1
  [ ! -s tail ] || event tail ",\\"container\\":\\"$target\\",\\"text\\":\\"$(base64 <tail | tr -d '\\n')\\""
  error=$(cut -d '|' -f 3 tasks | grep -m 1 .)
  fail DEPLOY_ROLLED_BACK "Swarm rolled $target back to the previous version\${error:+: $error}."
}
await_drained() {
  [ "$strategy" = blue-green ] || return 0
  docker service inspect "$target" >/dev/null 2>&1 || return 0
  event progress ',"detail":"waiting until the version before the previous one has drained"'
  flock -w "$(( drain / 1000 + grace + 5 ))" "$folder/drain.lock" true
  docker service rm "$target" >/dev/null 2>&1
  for try in 1 2 3 4 5 6 7 8 9 10; do docker service inspect "$target" >/dev/null 2>&1 || break; nap 200; done
}
commit() {
  switched=1
  switch_slot || fail SWITCH_FAILED "The proxy could not be switched to $target."
  event switched ''
}
`;

/** Lists the services and containers of ours that are not the new service's. */
export const oldServices = `
list_old() {
  old_services=$(docker service ls --format '{{.Name}}' $own_filters | grep -vxF "$target" | tr '\\n' ' ')
  old_containers=$(docker ps --all --quiet $own_filters --filter label=dev.drayage.slot | tr '\\n' ' ')
}
`;

/** Swarm secrets that no record needs any more; those in use are refused by the engine. */
export const retireSwarmSecrets = `for secret in $(docker secret ls --format '{{.Name}}' $own_filters); do
  grep -qF "\\"$secret\\"" "$folder"/*.json || docker secret rm "$secret" >/dev/null 2>&1
done
`;
