/**
 * Brings an image to nodes of a Swarm that we have no connection to: a job of Swarm's own that runs once on each of them. What it runs is the
 * engine's init, printing its version, because the image may have no shell; where even that is missing, the failed start shows that the image
 * is there. Swarm calls a task rejected whose image could not be had. Expects `spread.json` and $service.
 */
export const spreadSteps = `
end_spread() { [ -z "$spread" ] || docker service rm "$service" >/dev/null 2>&1; spread=; }
trap end_spread EXIT
trap 'exit 143' TERM INT HUP
list_spread() {
  docker service ps --no-trunc --format '{{.Node}} {{.CurrentState}}|{{.Error}}' "$service" >tasks 2>/dev/null
}
spread_image() {
  spread=1
  api POST /services/create spread.json
  [ "$api_status" = 201 ] || { spread=; fail PULL_FAILED "Swarm refused to bring image $image to its other nodes: $(engine_said)."; }
  disconnect_engine
  clock
  patience=$(( now + 3000 ))
  next_word=$(( now + 2000 ))
  while :; do
    list_spread
    here=0
    away=0
    while IFS='|' read -r task error; do
      node=\${task%% *}
      state=\${task#* }
      case $state in
        Rejected*)
          case $error in
            *'No such image'* | *pull* | *manifest* | *denied* | *unauthorized*)
              fail PULL_FAILED "Node $node of the Swarm could not pull image $image: $error." ;;
            *) here=$(( here + 1 )) ;;
          esac ;;
        Ready* | Starting* | Running* | Complete* | Failed* | Shutdown*) here=$(( here + 1 )) ;;
        *) away=$(( away + 1 )) ;;
      esac
    done <tasks
    clock
    # Where no node may run it there is no task, and nothing tells so.
    [ "$away" != 0 ] || { [ "$here" = 0 ] && [ "$now" -lt "$patience" ]; } || break
    if [ "$now" -ge "$next_word" ]; then
      next_word=$(( now + 5000 ))
      event progress ",\\"detail\\":\\"the image is on $here of $(( here + away )) further nodes of the Swarm\\""
    fi
    [ "$now" -lt "$end" ] || fail DEPLOY_TIMEOUT "The image was on $here of $(( here + away )) further nodes of the Swarm within $(( timeout / 1000 )) s."
    nap 200
  done
  end_spread
  event progress ",\\"detail\\":\\"the image is on $here further nodes of the Swarm\\""
}
`;
