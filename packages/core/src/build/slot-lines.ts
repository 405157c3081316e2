import { privateFolder } from '../docker/cli-lines.ts';
import { quote } from '../transport/shell.ts';

/**
 * Shell text that takes one of a server's build slots (a lock on descriptor 8) and keeps it until the script ends, in the order of coming. The kernel frees
 * slot and place in the queue when their holder dies in any way.
 *
 * In `slots/` of the server's state: a file for each slot, which names who holds it, and `queue/` with a file for each build that waits (locked on
 * descriptor 6 while it lives), named by when it came.
 *
 * @param slots How many builds the server may run at once.
 * @param holder Who is building, for those who wait: one line.
 */
export function slotLines(slots: number, holder: string): string {
  return `${privateFolder('slots')}
${privateFolder('slots/queue')}
slots=$DRAYAGE_STATE/slots
take_slot() {
  slot=1
  while [ "$slot" -le ${slots} ]; do
    exec 8<>"$slots/$slot"
    flock -n 8 && { printf '%s\\n' ${quote(holder)} > "$slots/$slot"; return 0; }
    slot=$((slot + 1))
  done
  return 1
}
set -- "$slots"/queue/*
if [ -e "$1" ] || ! take_slot; then
  ticket=$slots/queue/$(date +%s%N)-\${DRAYAGE_JOB##*/}
  # Locked before it can be seen: one that is not locked belongs to nobody any more.
  exec 6>"$slots/\${ticket##*/}" && flock 6 && mv "$slots/\${ticket##*/}" "$ticket" || exit 1
  told=
  while :; do
    ahead=0
    for other in "$slots"/queue/*; do
      [ "$other" != "$ticket" ] || break
      if flock -n "$other" true; then rm -f "$other"; else ahead=$((ahead + 1)); fi
    done
    [ "$ahead" != 0 ] || ! take_slot || break
    if [ "$ahead" != "$told" ]; then
      echo "waiting for a build slot (this server has ${slots}): position $((ahead + 1)) in the queue; building now: $(slot=1; while [ "$slot" -le ${slots} ]; do cat "$slots/$slot"; slot=$((slot + 1)); done | paste -s -d , -)"
      told=$ahead
    fi
    sleep 0.2
  done
  rm -f "$ticket"
  exec 6>&-
fi`;
}
