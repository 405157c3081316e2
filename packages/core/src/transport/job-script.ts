import { endGroup } from './process-group.ts';
import { quote } from './shell.ts';

/**
 * Runs beside the job, in a session of its own, with the job's folder, lease and time limit (seconds, 0: none) as
 * arguments. Ages are taken from the uptime clock: a change of the wall clock ends no job. What the job was given is
 * removed when it ends, however that came about; log and exit file stay for the client.
 */
const supervisor = `job=$1 lease=$2 limit=$3
exec 2>/dev/null
trap '' HUP
${endGroup}seconds() { read -r up rest </proc/uptime; up=\${up%.*}; }
# The name of the program, in parentheses, may hold anything.
started_at() { read -r stat <"/proc/$1/stat"; set -- \${stat##*) }; started=\${20}; }
DRAYAGE_JOB=$job/work; export DRAYAGE_JOB
cd "$DRAYAGE_JOB"
umask 022
setsid sh "$job/script" >>"$job/log" 2>&1 </dev/null &
child=$!
umask 077
started_at $child; child_started=$started; started_at $$
echo "$child $child_started $$ $started" >"$job/pid.new" && mv "$job/pid.new" "$job/pid"
seconds; begun=$up
(
  while sleep 1; do
    seconds; reason=
    read -r beat rest <"$job/beat"
    if [ "$limit" -gt 0 ] && [ $((up - begun)) -ge "$limit" ]; then reason=timeout
    elif [ "$lease" -gt 0 ] && [ $((up - \${beat%.*})) -gt "$lease" ]; then reason=lease
    else continue; fi
    echo "$reason" >"$job/reason"
    end_group $child
    break
  done
) &
watchdog=$!
wait "$child"; status=$?
kill "$watchdog"
reason=done
if [ -s "$job/reason" ]; then read -r reason <"$job/reason"; end_group $child; fi
cd /
rm -rf "$job/work" "$job/script"
echo "$status $reason" >"$job/exit.new" && mv "$job/exit.new" "$job/exit"
read -r marker <"$job/marker"
echo "$marker $status $reason" >>"$job/log"
`;

/**
 * logind may be told to end all that a user started at the end of the last login. A scope of systemd's own is exempt;
 * root's sessions always are.
 */
const launcher = `launch=setsid
if [ -d /run/systemd/system ] && { [ -n "\${SUDO_UID:-}" ] || [ "$(id -u)" != 0 ]; }; then
  kills=$(busctl get-property org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager KillUserProcesses 2>/dev/null)
  if [ "$kills" = 'b true' ]; then
    if [ "$(id -u)" = 0 ]; then launch='systemd-run --quiet --collect --scope setsid'
    else launch='systemd-run --user --quiet --collect --scope setsid'; fi
  fi
fi
`;

export interface JobStart {
  readonly id: string;
  /** Unique text that ends the job's log. */
  readonly marker: string;
  /** Wire form. */
  readonly script: string;
  /** Content in wire form, or where it was uploaded to. */
  readonly files: readonly { readonly name: string; readonly content?: string; readonly path?: string }[];
  readonly lease: number;
  /** Seconds; 0: none. */
  readonly limit: number;
}

/**
 * Starts the job unless its folder exists: making the folder is what decides who starts it. Sets `how` to started or
 * attached. Exits 74 where the folder could not be filled. Also removes folders of jobs that ended more than an hour ago.
 */
export function startScript({ id, marker, script, files, lease, limit }: JobStart): string {
  const write = (name: string, content: string) => `printf %s ${quote(content)} >${name} || give_up`;
  const place = files.map(({ name, content, path }) =>
    content === undefined
      ? `mv -f ${quote(path ?? '')} ${quote(`./${name}`)} || give_up`
      : write(quote(`./${name}`), content),
  );
  return `umask 077
jobs=$DRAYAGE_RUN/jobs; job=$jobs/${id}; how=attached
give_up() { rm -rf "$job"; exit 74; }
[ -d "$jobs" ] || mkdir -p "$jobs" || exit 74
if mkdir "$job" 2>/dev/null; then
  how=started
  mkdir "$job/work" && cd "$job/work" || give_up
  ${place.join('\n  ')}
  ${write('../script', script)}
  read -r uptime </proc/uptime && echo "$uptime" >../beat && : >../log && echo ${marker} >../marker || give_up
  ${launcher}
  $launch sh -c ${quote(supervisor)} drayage-job "$job" ${lease} ${limit} </dev/null >/dev/null 2>&1 &
  # Those that nobody came back for. A few of them are in nobody's way.
  set -- "$jobs"/*
  [ $# -lt 8 ] || ( find "$jobs" -mindepth 1 -maxdepth 1 -type d -mmin +60 | while IFS= read -r old; do
      [ -n "$(find "$old/exit" -mmin +60)" ] && rm -rf "$old"
    done ) </dev/null >/dev/null 2>&1 &
fi
`;
}

/** The line that has a followed job ended. Should the script have ended before it is read, the shell does nothing with it. */
export const cancelLine = ': cancel';

/**
 * Prints `greeting how marker`, then the log from `offset` on as it grows, until a line arrives on standard input or it
 * is closed. The line `done` acknowledges the result: the job's folder is removed. `cancelLine` may come before: it ends the
 * job, which the same shell has started before. Prints `greeting lost -` where there is no job.
 */
export function followScript(id: string, greeting: string, offset: number): string {
  return `job=$DRAYAGE_RUN/jobs/${id}
i=0; while [ ! -s "$job/marker" ] && [ -d "$job" ] && [ $i -lt 50 ]; do sleep 0.1; i=$((i+1)); done
if [ ! -s "$job/marker" ]; then echo ${greeting} lost -; exit; fi
read -r uptime </proc/uptime && echo "$uptime" >"$job/beat"
read -r ended <"$job/marker"
echo ${greeting} "\${how:-attached}" "$ended"
# BusyBox is a link by the name of each of its programs.
case $([ ! -L "$(command -v tail)" ] || tail --help 2>&1) in
  *BusyBox*)
    ( exec 3<"$job/log"; tail -c +${offset + 1} <&3; while [ -d "$job" ]; do sleep 0.1; cat <&3; done ) </dev/null & ;;
  *) tail -c +${offset + 1} -f "$job/log" </dev/null & ;;
esac
reader=$!
IFS= read -r said
if [ "$said" = ${quote(cancelLine)} ]; then
  (
${cancelScript(id)}) </dev/null >/dev/null
  IFS= read -r said
fi
kill $reader
[ "$said" != done ] || rm -rf "$job"
`;
}

/** Renews the lease and tells whether the job's supervisor lives: prints `alive`, `ended` or `lost`. */
export function beatScript(id: string): string {
  return `job=$DRAYAGE_RUN/jobs/${id}
[ -e "$job/exit" ] && { echo ended; exit; }
cat /proc/uptime >"$job/beat.$$" 2>/dev/null && mv "$job/beat.$$" "$job/beat" 2>/dev/null || { echo lost; exit; }
read -r child started supervisor born 2>/dev/null <"$job/pid" || { echo alive; exit; }
case $(cut -d ' ' -f 3,22 "/proc/$supervisor/stat" 2>/dev/null) in
  Z*) ;;
  *" $born") echo alive; exit ;;
esac
if [ -e "$job/exit" ]; then echo ended; else echo lost; fi
`;
}

/**
 * Ends the job's process group, and nothing else: the first process is known by pid and start time. They are written down
 * just after the job has begun.
 */
export function cancelScript(id: string): string {
  return `job=$DRAYAGE_RUN/jobs/${id}
exec 2>/dev/null
${endGroup}hundredths; limit=$((now + 200))
until [ -s "$job/pid" ] || [ -e "$job/exit" ] || [ ! -d "$job" ] || [ "$now" -ge $limit ]; do sleep 0.1 || sleep 1; hundredths; done
read -r child started rest <"$job/pid" || exit 0
[ "$(cut -d ' ' -f 22 "/proc/$child/stat")" = "$started" ] || exit 0
echo cancelled >"$job/reason"
# It is written down before it leads a group of its own.
kill -0 "-$child" || kill -TERM "$child"
end_group $child
`;
}
