import { engineLines, privateFolder } from '../docker/cli-lines.ts';
import { apiSteps } from '../service/job/api.ts';
import { shortPrelude } from '../service/job/prelude.ts';
import type { Account } from '../transport/server.ts';
import { quote, quoteArgv } from '../transport/shell.ts';
import type { ServerPlan } from './plan.ts';

export interface ApplyInput {
  readonly account: Account;
  readonly plan: ServerPlan;
  /** All must be free for as long as it takes; undefined where nothing is built. */
  readonly slots: number | undefined;
  /** Milliseconds to wait for builds that run. */
  readonly wait: number;
  /** Milliseconds since its last use from which a copy of sources or a mirror counts as old. */
  readonly olderThan: number;
  /** Shell texts that each exit with 75 where a lock is not ours any more. */
  readonly guards: readonly string[];
  /** Shell text of builders that comes last: it prunes their caches, or removes them (builder/driver.ts). */
  readonly builders: string;
}

/** Milliseconds a cleanup may take: removing some hundred gigabytes takes its time. */
export const jobTimeout = (wait: number): number => wait + 60 * 60_000;

/** Exit status where builds ran for longer than was waited. */
export const buildsRun = 76;

/**
 * POSIX sh that does what a plan says, and says what it did in lines `@drayage removed <kind> <name> [bytes]` and `@drayage
 * stays <kind> <name> <reason>`. Nothing is forced: the engine refuses what is in use by then, and an image that was named
 * again since the look stays.
 */
export function applyScript({ account, plan, slots, wait, olderThan, guards, builders }: ApplyInput): string {
  return `timeout=${jobTimeout(wait)}
${shortPrelude}${apiSteps}
${engineLines(account)}
${guards.map((guard) => `(\n${guard}) || exit 75`).join('\n')}
${cleaning(olderThan)}
clean() {
usage before
${plan.containers.map(({ id, bytes }) => `container ${quote(id)} ${bytes}`).join('\n')}
${plan.records.map(({ resource, record }) => `record ${quote(`${resource}/${record.id}`)}`).join('\n')}
${plan.images.map(({ image }) => quoteArgv(['image', image.id, image.tagged, ...image.tags, ...image.digests])).join('\n')}
${plan.jobs.map(({ name, bytes }) => `job ${quote(name)} ${bytes}`).join('\n')}
rm -f $(find "$DRAYAGE_RUN/uploads" -type f -mmin +1440 2>/dev/null)
${plan.sources.map(({ name, bytes }) => `source ${quote(name)} ${bytes}`).join('\n')}
${plan.mirrors.map(({ name, bytes }) => `mirror ${quote(name)} ${bytes}`).join('\n')}
${builders}
usage after
:
}
${slots === undefined ? 'clean' : betweenBuilds(slots, wait)}
`;
}

const cleaning = (olderThan: number) => `old=$(( $(date +%s) - ${Math.ceil(olderThan / 1000)} ))
reason() { printf '%s' "$(tail -n 1 engine.log)" | sed 's/^Error response from daemon: //; s/^Error: //'; }
container() {
  if docker rm --volumes "$1" >engine.log 2>&1; then echo "@drayage removed container $1 $2"
  else echo "@drayage stays container $1 $(reason)"; fi
}
record() {
  rm -f "$DRAYAGE_STATE/deployments/$1.json" "$DRAYAGE_STATE/deployments/$1.log" && echo "@drayage removed record $1"
}
# image ID TAGGED NAME…
image() {
  id=$1; tagged=$2; shift 2
  is=$(docker image inspect --format '{{json .Metadata.LastTagTime}}' "$id" 2>/dev/null) || return 0
  is=\${is#'"'}; is=\${is%'"'}; [ "$is" != null ] || is=
  if [ "$is" != "$tagged" ]; then echo "@drayage stays image $id it was named again meanwhile"; return 0; fi
  # The digests of a name go with its last tag; to name them again is no error.
  for name in "\${@:-$id}"; do docker image rm "$name" >engine.log 2>&1 || grep -q 'No such image' engine.log || break; done
  if docker image inspect "$id" >/dev/null 2>&1; then echo "@drayage stays image $id $(reason)"
  else echo "@drayage removed image $id"; fi
}
# Layers of images, and what only the build cache holds: apart from each other they are all the engine has.
usage() {
  api GET '/v1.44/system/df?type=image&type=build-cache'
  echo "@drayage usage $1 $(sed -n 's/^.*"LayersSize": *\\([0-9]*\\).*/\\1/p' api.body) $(
    grep -o '"Shared":false,"Size":[0-9]*' api.body | sed 's/.*://' | awk '{ sum += $1 } END { printf "%.0f", sum }')"
}
job() { rm -rf "$DRAYAGE_RUN/jobs/$1" && echo "@drayage removed job $1 $2"; }
# Whoever holds or awaits a lock must find its file, and the empty folder beside it.
source() { (
  folder=$DRAYAGE_STATE/sources/$1
  exec 9<>"$folder/lock" && flock -x -n 9 && [ "$(stat -c %Y "$folder/lock")" -le "$old" ] || { echo "@drayage stays source $1 it is in use"; exit; }
  rm -f "$folder/root" "$folder/commit"
  find "$folder" -mindepth 1 -maxdepth 1 ! -name lock ! -name "$1" -exec rm -rf {} +
  [ ! -d "$folder/$1" ] || find "$folder/$1" -mindepth 1 -delete
  echo "@drayage removed source $1 $2"
); }
mirror() { (
  folder=$DRAYAGE_STATE/git/$1
  exec 9<>"$folder.lock" && flock -x -n 9 && [ "$(stat -c %Y "$folder.lock")" -le "$old" ] || { echo "@drayage stays mirror $1 it is in use"; exit; }
  rm -rf "$folder"
  echo "@drayage removed mirror $1 $2"
); }`;

/** All slots at once or none, so that builds go on being started while one still runs. Each level holds one, on a descriptor of its own process. */
function betweenBuilds(slots: number, wait: number): string {
  return `${privateFolder('slots')}
take() {
  [ $# != 0 ] || { clean; return 0; }
  ( exec 8<>"$DRAYAGE_STATE/slots/$1" && flock -n 8 || exit ${buildsRun}
    echo 'nothing: the server is being cleaned up' > "$DRAYAGE_STATE/slots/$1"
    shift; take "$@" )
}
# Others may count more slots of this server than we do.
all=$( { ls "$DRAYAGE_STATE/slots" | grep '^[0-9]*$'; seq ${slots}; } | sort -u)
clock
until=$(( now + ${wait} ))
said=
while :; do
  take $all; status=$?
  [ "$status" = ${buildsRun} ] || exit "$status"
  clock
  [ "$now" -lt "$until" ] || exit ${buildsRun}
  [ -n "$said" ] || echo 'waiting: builds run on this server'
  said=1
  sleep 1
done`;
}
