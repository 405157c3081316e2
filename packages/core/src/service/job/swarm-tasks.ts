/**
 * Watches the tasks of a Swarm service until the wanted number of them run the wanted version, or one of them shows that
 * they never will. `await_tasks` is what the others call.
 */
export const swarmTaskSteps = `
# Writes one line per task of this deployment: id, state, desired state, address on the network, exit status, error.
list_tasks() {
  ids=$(docker service ps --quiet --no-trunc "$target" 2>/dev/null)
  : >tasks
  [ -n "$ids" ] || return 0
  docker inspect --type task --format '{{if eq (index .Spec.ContainerSpec.Labels "dev.drayage.deployment") "'"$id"'"}}{{.ID}} {{.Status.State}} {{.DesiredState}} {{range .NetworksAttachments}}{{if eq .Network.Spec.Name "'"$network"'"}}{{index .Addresses 0}}{{end}}{{end}} |{{with .Status.ContainerStatus}}{{.ExitCode}}{{end}}|{{.Status.Err}}{{end}}' $ids 2>/dev/null |
    grep . >tasks
}
# The last word of a task's HEALTHCHECK, where the task was on this node.
health_of() {
  one=$(docker ps --all --quiet --filter "label=com.docker.swarm.task.id=$1" | head -n 1)
  [ -n "$one" ] || return 1
  docker inspect --format '{{with .State.Health}}{{.Status}} {{range .Log}}{{println .ExitCode .Output}}{{end}}{{end}}' "$one" >health 2>/dev/null
  case $(cat health) in 'unhealthy '[0-9]*) ;; *) return 1 ;; esac
  grep . health | tail -n 1 | sed 's/^unhealthy //; s/ *$//' | cut -c 1-160
}
task_died() {
  docker service logs --raw --no-task-ids --tail 20 "$1" >tail 2>&1
  event tail ",\\"container\\":\\"$target\\",\\"text\\":\\"$(base64 <tail | tr -d '\\n')\\""
  case $3 in
    *'No such image'* | *'invalid reference'* | *'manifest unknown'*) fail IMAGE_NOT_FOUND "A node could not pull image $image: $3." ;;
    *'exec format error'*) fail IMAGE_PLATFORM "Image $image does not run on a node's processor: $3." ;;
    *unhealthy*) fail DEPLOY_UNHEALTHY "A task of $target did not become healthy within $(( budget / 1000 )) s." ;;
    *OOM* | *'out of memory'*) fail DEPLOY_EXITED "A task of $target was killed because it used more memory than it may." ;;
  esac
  # Swarm stops a task whose health check failed, and what it then exits with says nothing.
  case $has_healthcheck,$2 in
    1, | 1,0 | 1,137 | 1,143)
      clock
      if said=$(health_of "$1"); then
        fail DEPLOY_UNHEALTHY "A task of $target did not become healthy within $(( budget / 1000 )) s: its health check ended with status $said."
      fi
      [ "$(( now - ready_begun ))" -lt "$budget" ] ||
        fail DEPLOY_UNHEALTHY "A task of $target did not become healthy within $(( budget / 1000 )) s." ;;
  esac
  case $2 in
    '' | 0) fail DEPLOY_EXITED "A task of $target ended before it was healthy: \${3:-exited with status 0}." ;;
    *) fail DEPLOY_EXITED "A task of $target exited with status $2 before it was healthy." ;;
  esac
}
# Sets state to that of the update, running to the number of tasks that run, and wanted to the number of those of this
# deployment that must: for a global service the number of nodes that may run it.
look_at_service() {
  api GET "/services?status=true&filters=%7B%22id%22%3A%5B%22$service_id%22%5D%7D"
  body=$(cat api.body)
  wanted=1
  case $body in *'"DesiredTasks":'*) wanted=\${body##*'"DesiredTasks":'}; wanted=\${wanted%%[!0-9]*} ;; esac
  running=
  case $body in *'"RunningTasks":'*) running=\${body##*'"RunningTasks":'}; running=\${running%%[!0-9]*} ;; esac
  state=
  case $body in *'"UpdateStatus":{"State":"'*) state=\${body##*'"UpdateStatus":{"State":"'}; state=\${state%%'"'*} ;; esac
}
# To list the tasks costs the node ten times what the look at the service does; it is due where that has shown a change.
follow_tasks() {
  look_at_service
  clock
  [ "$running,$state" != "$listed" ] || [ "$(( now - listed_at ))" -ge 500 ] || return 0
  listed=$running,$state
  listed_at=$now
  list_tasks
}
# Tasks that are up can still fail while Swarm watches them; it is the first to know. It cannot be done before its time
# to watch is over, and looks are frequent only then.
watch_update() {
  up_since=\${up_since:-$now}
  until=$(( now + 1000 ))
  while [ "$state" = updating ] && [ "$now" -lt "$until" ]; do
    if [ "$(( now - up_since ))" -lt "$(( monitor - 400 ))" ]; then nap 200; else nap 40; fi
    look_at_service
    clock
  done
}
judge_update() {
  case $state in
    paused) fail DEPLOY_ROLLED_BACK "Swarm paused the update of $target, because tasks of the new version failed." ;;
    rollback_*) swarm_rolled_back ;;
  esac
}

tell_progress() {
  progress="$up of \${wanted:-?} tasks are up"
  [ "$shown" != "$progress" ] || return 0
  shown=$progress
  event progress ",\\"detail\\":\\"$progress\\""
}

# await_tasks: until the wanted number of tasks of this deployment run and are healthy, and Swarm calls the update complete.
await_tasks() {
  clock
  ready_begun=$now
  pause=50
  # New tasks start beside old ones, and every look takes time from them.
  [ -z "$updated" ] || { pause=200; nap 300; }
  up_since=
  unschedulable_since=
  shown=
  listed=
  listed_at=-500
  while :; do
    follow_tasks
    up=0
    last='no task has started yet'
    culprit=$target
    blocked=
    while read -r task task_state desired ip rest; do
      case $ip in '|'*) rest=$ip; ip= ;; esac
      error=\${rest#|}
      exit=\${error%%|*}
      error=\${error#*|}
      case $task_state in
        failed | rejected) [ "$on_failure" = continue ] || task_died "$task" "$exit" "$error" ;;
        complete | shutdown) [ "$on_failure" = continue ] || task_died "$task" "$exit" "$error" ;;
        orphaned | remove) ;;
        running)
          if [ "$desired" != running ]; then continue; fi
          if [ "$strategy" != blue-green ] || probe "$task" "\${ip%/*}"; then up=$(( up + 1 )); else last=$detail; culprit=$task; fi ;;
        pending)
          [ -z "$error" ] || { last=$error; blocked=$error; } ;;
        *) last="a task is $task_state" ;;
      esac
    done <tasks
    judge_update
    if [ "$up" -ge 1 ] && [ "$up" -ge "\${wanted:-1}" ]; then
      tell_progress
      watch_update
      judge_update
      case $state in
        '' | completed)
          clock
          # The first update of a service has no monitor of Swarm's to wait for.
          if [ "$check" != none ] || [ -n "$updated" ]; then break; fi
          [ "$(( now - ready_begun ))" -lt "$budget" ] || break ;;
      esac
      last="Swarm watches the new tasks (update.monitor)"
      # The tasks are looked at again at once: between two looks at the update nobody should have to wait.
      pause=50
    else
      up_since=
    fi
    clock
    if [ -n "$blocked" ]; then
      unschedulable_since=\${unschedulable_since:-$now}
      # An old task has its port until it has stopped, and the scheduler takes its time to notice.
      patience=$schedule_patience
      case $updated,$blocked in 1,*'port already in use'*) patience=$(( grace * 1000 + 20000 )) ;; esac
      [ "$(( now - unschedulable_since ))" -lt "$patience" ] ||
        fail DEPLOY_UNSCHEDULABLE "No node can run a task of $target: $blocked."
    else
      unschedulable_since=
    fi
    tell_progress
    if [ "$strategy" = blue-green ] && [ "$check" != none ] && [ "$((now - ready_begun))" -ge "$budget" ]; then
      docker service logs --raw --tail 20 "$target" >tail 2>&1
      event tail ",\\"container\\":\\"$target\\",\\"text\\":\\"$(base64 <tail | tr -d '\\n')\\""
      fail DEPLOY_UNHEALTHY "Service $target did not become healthy within $(( budget / 1000 )) s: $last."
    fi
    [ "$now" -lt "$end" ] || fail DEPLOY_TIMEOUT "The deployment took longer than $(( timeout / 1000 )) s: $last."
    nap "$pause"
    pause=$(( pause + pause / 8 ))
    [ "$pause" -le 500 ] || pause=500
  done
  event healthy ",\\"container\\":\\"$target\\""
}
`;
