import { eventMark } from '../events.ts';

/** How a job speaks: lines for the reader, and events for us. Output is also kept in the open descriptor 8, the deployment's log. */
const speech = `# Milliseconds since the node's boot: a change of the clock moves no deadline.
clock() {
  read -r uptime rest </proc/uptime
  now=$(( \${uptime%.*} * 1000 + (1\${uptime#*.} - 100) * 10 ))
}
say() { printf '%s\\n' "$1"; printf '%s\\n' "$1" >&8; }
event() { clock; say "${eventMark}{\\"event\\":\\"$1\\",\\"at\\":$((now - begun))$2}"; }
json() { printf %s "$1" | tr '\\n\\t\\r' '   ' | tr -d '\\000-\\037\\177' | sed 's/\\\\/\\\\\\\\/g; s/"/\\\\"/g'; }
nap() { rest=$(( $1 % 1000 + 1000 )); sleep "$(( $1 / 1000 )).\${rest#1}"; }
announce_failure() {
  event failed ",\\"code\\":\\"$1\\",\\"message\\":\\"$(json "$2")\\""
}
`;

/** For jobs that leave no record, such as pulling an image ahead of the deployment. */
export const shortPrelude = `umask 077
exec 8>/dev/null
cd "$DRAYAGE_JOB" || exit 1
${speech}
fail() { announce_failure "$1" "$2"; exit 1; }
clock
begun=$now
end=$(( now + timeout ))
event begun ",\\"folder\\":\\"$DRAYAGE_JOB\\""
`;

/**
 * First part of every job that changes a node. Expects the variables of `JobVariables` and, in $DRAYAGE_JOB, `record`
 * (see `recordHead`). Keeps the deployment's record and ends it in every case (finish, fail, cancelled, crashed). The
 * open log is locked as long as the job lives: that is how others tell a running job from a dead one. `undo` is defined
 * by each kind of job.
 */
export const prelude = `umask 077
[ -d "$folder" ] && [ -d "$secrets" ] || mkdir -p "$folder" "$secrets" || exit 1
exec 8>>"$log"
flock -n 8 || exit 75
cd "$DRAYAGE_JOB" || exit 1
started=$(date -u +%Y-%m-%dT%H:%M:%SZ)
outcome=
hurry=

${speech}
write_record() {
  { cat record; printf ',"status":"%s","startedAt":"%s"%s}\\n' "$1" "$started" "$2"; } >"$folder/.$id.json.part" &&
    mv -f "$folder/.$id.json.part" "$folder/$id.json"
}
close_record() {
  outcome=$1
  write_record "$1" ",\\"finishedAt\\":\\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\\"$2"
}
finish() {
  printf '%s\\n' "$id" >"$folder/.current.part" && mv -f "$folder/.current.part" "$folder/current"
  close_record done ''
  event done ''
}
# fail CODE MESSAGE
fail() {
  trap '' TERM INT HUP
  disconnect_engine
  undo
  close_record error ",\\"errorCode\\":\\"$1\\",\\"errorMessage\\":\\"$(json "$2")\\""
  announce_failure "$1" "$2"
  free_lock >/dev/null 2>&1
  trap - EXIT
  exit 1
}
cancelled() {
  trap '' TERM INT HUP
  # Who cancels has three seconds of patience.
  hurry=1
  disconnect_engine
  undo
  if [ -s abort ]; then close_record error ",\\"errorMessage\\":\\"$(json "$(cat abort)")\\""
  else close_record cancelled ',"errorMessage":"The run was cancelled."'; fi
  event cancelled ''
  free_lock >/dev/null 2>&1
  trap - EXIT
  exit 143
}
crashed() {
  status=$?
  [ -n "$outcome" ] || fail INTERNAL_BUG "The job ended without a result (exit status $status)."
  free_lock >/dev/null 2>&1
}
# tail_of CONTAINER: its last lines, for the reader, byte for byte.
tail_of() {
  docker logs --tail 20 "$1" >tail 2>&1
  event tail ",\\"container\\":\\"$1\\",\\"text\\":\\"$(base64 <tail | tr -d '\\n')\\""
}
clock
begun=$now
end=$(( now + timeout ))
undo() { :; }
trap cancelled TERM INT HUP
trap crashed EXIT
# Its client starts while the rest begins.
connect_engine
write_record running '' || exit 1
event begun ",\\"folder\\":\\"$DRAYAGE_JOB\\""
`;
