# Ends one lab and removes every trace of it, from nothing but its name and subnet number. Safe to repeat.
# Arguments: name, octet, state folder, disk folder, "locked" when the caller holds the lock, cgroup mounts.
set -u
name=$1 octet=$2 state=$3 disk=$4 locked=$5
shift 5
bridge=dl$octet chain=DRAYAGE-LAB-$octet

for mount; do
  find "$mount/drayage-lab/$name" -name freezer.state 2>/dev/null | while read -r file; do echo THAWED >"$file"; done
done
# A killed process may have had a child that is not in the list yet, so look until nobody is left.
first=$1/drayage-lab/$name
members() { find "$first" -name cgroup.procs -exec cat {} + 2>/dev/null; }
tries=0
while pids=$(members) && [ -n "$pids" ] && [ $tries -lt 500 ]; do
  kill -KILL $pids 2>/dev/null
  tries=$((tries + 1))
  sleep 0.02
done
for mount; do
  find "$mount/drayage-lab/$name" -depth -type d -exec rmdir {} + 2>/dev/null
done

for link in $(ls /sys/class/net | grep "^${bridge}h"); do ip link delete "$link" 2>/dev/null; done
ip link delete "$bridge" 2>/dev/null

drop() { while iptables -w "$@" 2>/dev/null; do :; done; }
drop -t filter -D FORWARD -i "$bridge" -j "$chain"
drop -t filter -D FORWARD -o "$bridge" -j "$chain"
drop -t filter -D INPUT -i "$bridge" -j ACCEPT -m comment --comment "$chain"
drop -t nat -D POSTROUTING -s "10.77.$octet.0/24" ! -d "10.77.$octet.0/24" -j "$chain"
for table in filter nat; do
  iptables -w -t "$table" -F "$chain" 2>/dev/null
  iptables -w -t "$table" -X "$chain" 2>/dev/null
done

rm -rf "${disk:?}/$name"

if [ "$locked" != locked ]; then
  exec 9>"$state/lock" && flock 9
fi
rm -f "$state/$name.json" "$state/$name.log"
if ! ls "$state"/*.json >/dev/null 2>&1; then
  for memory in "$state"/forwarding.*; do
    [ -e "$memory" ] || continue
    cat "$memory" >"/proc/sys/net/ipv4/conf/${memory##*/forwarding.}/forwarding"
    rm -f "$memory"
  done
  for mount; do rmdir "$mount/drayage-lab" 2>/dev/null; done
  rmdir "$disk" 2>/dev/null
fi
exit 0
