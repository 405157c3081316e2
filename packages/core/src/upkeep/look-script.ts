import { labelPrefix } from '../config/names.ts';
import { engineLines } from '../docker/cli-lines.ts';
import { keeperName } from '../service/job/retirement.ts';
import type { Account } from '../transport/server.ts';
import { quote } from '../transport/shell.ts';

/** What the engine is asked beside the script (API 1.44, which Docker 25 to 29 know): bytes of all images together with what each shares, and the records of the build cache. */
export const usageQuestions = [
  { path: '/v1.44/system/df?type=image' },
  { path: '/v1.44/system/df?type=build-cache' },
] as const;

/** Minutes after which a job's folder is nobody's: with its result fetched by nobody, or with its supervisor gone. */
const endedMinutes = 60;
const lostMinutes = 24 * 60;

export interface LookRequest {
  readonly account: Account;
  /** The project's name: images with another one are not looked at. */
  readonly project: string;
  /** Seconds since their last use from which copies of sources and mirrors count as old. */
  readonly olderThan: number;
}

/**
 * POSIX sh that prints what a cleanup decides on, as lines `name<TAB>value`. It changes nothing. Records come in whole, as
 * every one of them may protect an image.
 */
export function lookScript({ account, project, olderThan }: LookRequest): string {
  return `${engineLines(account)}
say() { printf '%s\\t%s\\n' "$1" "$2"; }
say now "$(date +%s)"
version=$(docker version --format '{{.Server.Version}}' 2>&1) && say engine "$version" || say engine-error "$(printf '%s\\n' "$version" | tail -n 1)"
folder=/var/lib/docker; [ -d $folder ] || folder=/var/lib
say disk "$(stat -f -c '%a %b %S' $folder 2>/dev/null)"
images=$(
  { docker image ls --quiet --no-trunc --filter ${quote(`label=${labelPrefix}.project=${project}`)}
    docker image ls --quiet --no-trunc --filter reference='${keeperName('*')}'; } 2>/dev/null | sort -u)
[ -z "$images" ] || docker image inspect --format ${quote(imageFormat)} $images 2>/dev/null
containers=$(docker ps --all --quiet --no-trunc 2>/dev/null)
[ -z "$containers" ] || docker container inspect --format ${quote(containerFormat)} $containers 2>/dev/null
stopped=$(docker ps --all --quiet --no-trunc --filter ${quote(`label=${labelPrefix}.project=${project}`)} --filter status=exited --filter status=created --filter status=dead 2>/dev/null)
[ -z "$stopped" ] || docker container inspect --size --format 'size	{{.Id}} {{.SizeRw}}' $stopped 2>/dev/null
services=$(docker service ls --quiet 2>/dev/null)
[ -z "$services" ] || docker service inspect --format 'pinned	{{with .Spec.TaskTemplate.ContainerSpec}}{{.Image}}{{end}}' $services 2>/dev/null
for folder in "$DRAYAGE_STATE"/deployments/*/; do
  [ -d "$folder" ] || continue
  resource=\${folder%/}; resource=\${resource##*/}
  say current "$resource $(cat "$folder/current" 2>/dev/null)"
  for record in "$folder"*.json; do
    [ -e "$record" ] || continue
    life=ended
    if grep -qF '"status":"running"' "$record"; then
      life=running
      [ -e "\${record%.json}.log" ] && flock -n "\${record%.json}.log" true && life=dead
    fi
    printf 'record\\t%s %s ' "$resource" "$life"; cat "$record"; echo
  done
done
old=$(( $(date +%s) - ${olderThan} ))
# The newest of what stands in a folder, in seconds since the epoch.
used() { stat -c %Y "$@" 2>/dev/null | sort -n | tail -n 1; }
kilobytes() { du -sk "$1" 2>/dev/null | cut -f 1; }
for folder in "$DRAYAGE_STATE"/sources/*/; do
  name=\${folder%/}; name=\${name##*/}
  [ -d "$folder" ] || continue
  at=$(used "$folder"*)
  [ -n "$at" ] && [ "$at" -le "$old" ] || continue
  [ -n "$(find "$folder" -mindepth 1 ! -name lock ! -path "$folder$name" | head -n 1)" ] || continue
  say source "$name $at $(kilobytes "$folder")"
done
for folder in "$DRAYAGE_STATE"/git/*/; do
  [ -e "$folder/HEAD" ] || continue
  name=\${folder%/}; name=\${name##*/}
  at=$(used "$folder" "$folder/HEAD" "\${folder%/}.lock")
  [ "$at" -le "$old" ] || continue
  say mirror "$name $at $(kilobytes "$folder")"
done
for folder in "$DRAYAGE_RUN"/jobs/*/; do
  [ -d "$folder" ] || continue
  name=\${folder%/}; name=\${name##*/}
  [ -n "$(find "$folder/exit" -mmin +${endedMinutes} 2>/dev/null)" ] ||
    { [ ! -e "$folder/exit" ] && [ -n "$(find "$folder/beat" -mmin +${lostMinutes} 2>/dev/null)" ]; } || continue
  say job "$name $(kilobytes "$folder")"
done
:
`;
}

const imageFormat = `image	{"id":{{json .Id}},"tags":{{json .RepoTags}},"digests":{{json .RepoDigests}},"bytes":{{.Size}},"created":{{json .Created}},"tagged":{{json .Metadata.LastTagTime}},"labels":{{with .Config}}{{json .Labels}}{{else}}null{{end}}}`;

const containerFormat = `container	{"id":{{json .Id}},"name":{{json .Name}},"image":{{json .Image}},"state":{{json .State.Status}},"labels":{{json .Config.Labels}}}`;
