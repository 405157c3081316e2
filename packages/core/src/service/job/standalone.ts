/**
 * Containers of one node without Swarm. Expects `create-N.json` and, where a port has to change hands, `publish-1.json`: the
 * same container with the port, which the first one then lacks.
 */
export const standaloneSteps = `
candidates=
stopped=
switched=
exchanged=
undo() {
  case $strategy in
    # Only the container with the port has to make way: the one that was proven without it answers the proxy meanwhile.
    swap-port) [ -z "$exchanged" ] || docker rm --force --volumes "$exchanged" >/dev/null 2>&1 ;;
    stop-first) remove_candidates ;;
  esac
  [ -z "$stopped" ] || restore
  [ -z "$switched" ] || switch_to_previous
  remove_candidates
  stop_prober
  drop_secrets
}
remove_candidates() {
  [ -z "$candidates" ] || docker rm --force --volumes $candidates >/dev/null 2>&1
}
# The previous version again, after the new one had to have its place. It is waited for as long as a health check may take.
restore() {
  if ! docker start $stopped >restart.log 2>&1; then
    say "The previous version could not be started again: $(tail -n 1 restart.log)"
    return 0
  fi
  clock
  patience=$(( now + (\${hurry:-0} ? 1000 : 10000) ))
  for one in $stopped; do
    ip=$(docker inspect --format "$address_format" "$one")
    while [ "$check" != none ] && [ "$now" -lt "$patience" ] && ! probe "$one" "$ip"; do nap 100; clock; done
  done
  event restored ",\\"milliseconds\\":$((now - gap_begun))"
}

ensure_network() {
  [ "$network_known" != 1 ] || return 0
  docker network inspect "$network" >/dev/null 2>&1 && return 0
  docker network create $network_labels "$network" >network.log 2>&1 ||
    docker network inspect "$network" >/dev/null 2>&1 ||
    fail NETWORK_FAILED "Network $network could not be created: $(tail -n 1 network.log)"
}
# The slot's name may still be held by what an earlier run left.
clear_name() {
  docker container inspect --format '{{.State.Running}}' "$1" >leftover 2>/dev/null || return 0
  case $(cat leftover) in
    true) docker rename "$1" "$1-left-$id" ;;
    *) docker rm --force --volumes "$1" >/dev/null 2>&1 ;;
  esac
}
# create NAME BODY-FILE
create() {
  for name in $names_taken; do [ "$name" != "$1" ] || clear_name "$1"; done
  api POST "/containers/create?name=$1" "$2"
  if [ "$api_status" != 201 ]; then
    # Image or network may have gone, or the name may be taken, since the node was looked at.
    image_known=
    network_known=
    clear_name "$1"
    pull_image
    ensure_network
    api POST "/containers/create?name=$1" "$2"
  fi
  case $api_status in
    201) candidates="$candidates $1" ;;
    *) fail CONTAINER_REFUSED "The engine refused to create container $1: $(engine_said)" ;;
  esac
  for extra in $networks; do
    docker network connect --alias "$alias" "$extra" "$1" 2>connect.log ||
      fail NETWORK_FAILED "Container $1 could not join network $extra: $(tail -n 1 connect.log)"
  done
}
start() {
  for name in "$@"; do
    # A name passes from the container that was proven to the one with the port.
    [ ! -e "seen.$name" ] || rm -f "seen.$name"
    api POST "/containers/$name/start"
    case $api_status in 204 | 304) event started ",\\"container\\":\\"$name\\"" ;; *) not_started "$name" "$(engine_said)" ;; esac
  done
}
not_started() {
  case $2 in
    *'port is already allocated'* | *'address already in use'*) fail PORT_TAKEN "A published port is taken: $2" ;;
    *'no such file or directory'* | *'executable file not found'* | *'permission denied'* | *'exec format error'*)
      fail DEPLOY_EXITED "Container $1 could not start its program: \${2##*container process: }" ;;
    *) fail DEPLOY_EXITED "Container $1 could not be started: $2" ;;
  esac
}
stop_old() {
  [ -n "$old" ] || return 0
  clock
  gap_begun=$now
  stopped=$old
  docker stop --time "$grace" $old >/dev/null 2>&1
  event stopped ''
}
tell_gap() {
  [ -n "$stopped" ] || return 0
  clock
  event gap ",\\"milliseconds\\":$((now - gap_begun))"
}
stage() {
  names=
  number=1
  [ "$strategy" != stop-first ] || stop_old
  while [ "$number" -le "$replicas" ]; do
    create "$alias-$number" "create-$number.json"
    names="$names $alias-$number"
    number=$(( number + 1 ))
  done
  start $names
  await_ready $names
  [ "$strategy" != stop-first ] || tell_gap
}

# A port of the node has one owner: the container without it has proven healthy, now the one with it takes its place. The
# proxy is switched before, so that who comes through it notices nothing.
swap_port() {
  [ "$strategy" = swap-port ] || return 0
  docker rename "$alias-1" "$alias-proof"
  candidates="$alias-proof"
  create "$alias-1" publish-1.json
  exchanged=$alias-1
  switched=1
  switch_slot || fail SWITCH_FAILED "The proxy could not be switched to $alias."
  stop_old
  start "$alias-1"
  await_ready "$alias-1"
  tell_gap
  docker rm --force --volumes "$alias-proof" >/dev/null 2>&1
  candidates="$alias-1"
  names=$alias-1
}
# Of the slot that is about to be active, nothing may answer but the new version: what still drains there is waited for.
await_drained() {
  [ -n "$leftovers" ] || return 0
  [ -z "$(docker ps --quiet --no-trunc | grep -F "$(printf '%s\\n' $leftovers)")" ] ||
    event progress ',"detail":"waiting until the version before the previous one has drained"'
  flock -w "$(( drain / 1000 + grace + 5 ))" "$folder/drain.lock" true
  docker rm --force --volumes $leftovers >/dev/null 2>&1
}
commit() {
  switched=1
  switch_slot || fail SWITCH_FAILED "The proxy could not be switched to $alias."
  event switched ''
  for name in $names; do
    api POST "/containers/$name/update" restart.json
    case $api_status in 200) ;; *) fail CONTAINER_REFUSED "The engine refused restart policy $(cat restart.json): $(engine_said)" ;; esac
  done
}
`;
