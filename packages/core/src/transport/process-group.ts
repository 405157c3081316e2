/**
 * Defines `end_group PGID`: TERM, and KILL to what is left after 3 s. A process that has ended and that nobody waited
 * for still counts for `kill -0`, so the states are read from /proc.
 */
export const endGroup = `group_lives() {
  kill -0 "-$1" 2>/dev/null || return 1
  group=$1
  for stat in /proc/[0-9]*/stat; do
    read -r line 2>/dev/null <"$stat" || continue
    set -- \${line##*) }
    [ "$3" = "$group" ] && [ "$1" != Z ] && return 0
  done
  return 1
}
hundredths() { read -r up idle </proc/uptime; now=\${up%.*}\${up#*.}; }
end_group() {
  kill -TERM "-$1" 2>/dev/null
  hundredths; until=$((now + 300))
  while [ "$now" -lt $until ] && group_lives "$1"; do sleep 0.1 || sleep 1; hundredths; done
  kill -KILL "-$1" 2>/dev/null
  return 0
}
`;
