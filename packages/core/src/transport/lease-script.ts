import { quote } from './shell.ts';

/** Who holds or wants a lock. */
export interface LockOwner {
  /** Unique per run and attempt. */
  readonly id: string;
  /** For people: "GitHub run 42 by alice". */
  readonly who: string;
  readonly url?: string;
}

/**
 * Three files of one lock, below $DRAYAGE_STATE/locks: `NAME` holds fence and owner, and stays when the lock is free, so
 * that a fence is never given twice; `NAME.mutex` is locked while it is read and changed; `NAME.held` is locked, shared,
 * by every script that works under the lease, for as long as it or a child of it lives.
 */
function open(name: string): string {
  return `lock=$DRAYAGE_STATE/locks/${name}
{ [ -d "$DRAYAGE_STATE/locks" ] || (umask 077; mkdir -p "$DRAYAGE_STATE/locks"); } && exec 9>"$lock.mutex" && flock 9 || exit 74
fence=0 id=- renewed=0 boot=- life=0 since=- who= url=
[ ! -s "$lock" ] || { read -r fence; read -r id; read -r renewed boot life since; IFS= read -r who; IFS= read -r url; } <"$lock"
read -r up idle </proc/uptime; up=\${up%.*}
read -r now_boot </proc/sys/kernel/random/boot_id
write_lock() {
  printf '%s\\n%s\\n%s %s %s %s\\n%s\\n%s\\n' "$fence" "$id" "$up" "$now_boot" "$life" "$since" "$who" "$url" >"$lock.new" && mv -f "$lock.new" "$lock" || exit 74
}
`;
}

/**
 * Takes the lock if it is free, expired, or ours. It is alive while its owner renews it, or a script under it runs.
 * Prints `taken FENCE`, or `busy POSITION`, since when, who and URL on lines of their own. Who waits stands in a queue;
 * a place in it is kept for ten seconds.
 */
export function acquireScript(name: string, owner: LockOwner, life: number, waits: boolean): string {
  return `${open(name)}me=${quote(owner.id)}
touch "$lock.queue"
position=1; found=
: >"$lock.queue.new"
while read -r other seen at; do
  [ "$at" = "$now_boot" ] && [ $((up - seen)) -le 10 ] || continue
  if [ "$other" = "$me" ]; then found=1; continue; fi
  [ -n "$found" ] || position=$((position + 1))
  echo "$other $seen $at" >>"$lock.queue.new"
done <"$lock.queue"
alive=
if [ "$id" != - ] && [ "$id" != "$me" ]; then
  exec 6>>"$lock.held"
  if [ "$boot" = "$now_boot" ] && [ $((up - renewed)) -le "$life" ]; then alive=1
  elif ! flock -n 6; then alive=1; fi
fi
if [ -z "$alive" ] && { [ "$position" = 1 ] || [ -z "${waits ? 1 : ''}" ]; }; then
  [ "$id" = "$me" ] || { fence=$((fence + 1)); since=$(date -u +%Y-%m-%dT%H:%M:%SZ); }
  id=$me; life=${life}; who=${quote(oneLine(owner.who))}; url=${quote(oneLine(owner.url ?? ''))}
  write_lock
  echo "taken $fence"
else
  ${waits ? `{ head -n $((position - 1)) "$lock.queue.new"; echo "$me $up $now_boot"; tail -n "+$position" "$lock.queue.new"; } >"$lock.queue.mine"; mv -f "$lock.queue.mine" "$lock.queue.new"` : ':'}
  printf '%s\\n' "busy $position" "$since" "$who" "$url"
fi
mv -f "$lock.queue.new" "$lock.queue"
`;
}

/** Prints `free FENCE` where the lock could be had at once, else `held`. Takes nothing and waits for nobody. */
export function seenScript(name: string): string {
  return `(
lock=$DRAYAGE_STATE/locks/${name}
fence=0 id=-
[ ! -s "$lock" ] || { read -r fence; read -r id; } <"$lock"
if [ "$id" = - ] && [ ! -s "$lock.queue" ]; then echo "free $fence"; else echo held; fi
) </dev/null
`;
}

/** Takes the lock if nobody has had it since it was free with this fence. Exits with a status other than 0 where that is not so. */
export function takeScript(name: string, owner: LockOwner, life: number, fence: number): string {
  return `${open(name)}[ "$fence" = ${fence} ] && [ "$id" = - ] && [ ! -s "$lock.queue" ] || exit 75
fence=${fence + 1}; since=$(date -u +%Y-%m-%dT%H:%M:%SZ)
id=${quote(owner.id)}; life=${life}; who=${quote(oneLine(owner.who))}; url=${quote(oneLine(owner.url ?? ''))}
write_lock
`;
}

/** Prints `ours`, `freed` where nobody has had it since, or `lost` with who and URL of the new owner. */
export function renewScript(name: string, fence: number, life: number): string {
  return `${open(name)}if [ "$fence" = ${fence} ] && [ "$id" != - ]; then life=${life}; write_lock; echo ours
elif [ "$fence" = ${fence} ]; then echo freed
else printf '%s\\n' lost "$who" "$url"; fi
`;
}

/** Frees the lock, unless somebody else has it by now. */
export function releaseScript(name: string, fence: number): string {
  return `${open(name)}if [ "$fence" = ${fence} ] && [ "$id" != - ]; then id=-; write_lock; fi
`;
}

/**
 * Frees every lock that a run which was killed left behind, and prints `freed` for each. One that a script still works
 * under is left to expire: it must not be given to somebody else before that script has ended.
 */
export function releaseOwnedScript(ownerId: string): string {
  return `for file in "$DRAYAGE_STATE"/locks/*.mutex; do
  [ -e "$file" ] || continue
  name=\${file##*/}; name=\${name%.mutex}
  (
${open('$name')}exec 6>>"$lock.held"
    if [ "$id" = ${quote(ownerId)} ] && flock -n 6; then id=-; write_lock; echo freed; fi
  ) </dev/null
done
`;
}

/**
 * First lines of every script that changes something under the lease. The file stays open, and locked, until the script
 * and all it started have ended: descriptor 6 is taken. Exits with 75 when somebody else has the lock by now.
 */
export function guardScript(name: string, fence: number): string {
  return `exec 6>>"$DRAYAGE_STATE/locks/${name}.held" && flock -s 6 || exit 75
{ read -r guard_fence; read -r guard_id; read -r guard_rest; IFS= read -r guard_who; } <"$DRAYAGE_STATE/locks/${name}"
if [ "$guard_fence" != ${fence} ] || [ "$guard_id" = - ]; then echo "The lock is no longer held; it was taken over by $guard_who." >&2; exit 75; fi
`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
