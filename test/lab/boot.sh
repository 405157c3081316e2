# Becomes process 1 of a lab host: builds its root, waits for its network link, then hands over to its init.
# Runs in new mount, uts, ipc, net, pid and cgroup namespaces. Standard input: one line when the link is there.
set -eu
lower=$1 disk=$2 name=$3 address=$4 gateway=$5
only_version_2=no

root=$disk/root
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$disk/upper,workdir=$disk/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root/run"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/tmp"
mkdir -p "$root/var/lib/docker" "$root/var/lib/containerd" "$root/run/lock"
mount --bind "$disk/docker" "$root/var/lib/docker"
mount --bind "$disk/containerd" "$root/var/lib/containerd"
: >"$root/run/utmp"

# Devices of its own: the machine's disks and terminals are none of its business.
mount -t tmpfs -o mode=755,nosuid tmpfs "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/mqueue" "$root/dev/net"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/dev/shm"
mount -t mqueue mqueue "$root/dev/mqueue"
node() { mknod -m "$2" "$root/dev/$1" c "$3" "$4"; }
node null 666 1 3
node zero 666 1 5
node full 666 1 7
node random 666 1 8
node urandom 666 1 9
node tty 666 5 0
node net/tun 666 10 200
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s /proc/self/fd/0 "$root/dev/stdin"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"
ln -s null "$root/dev/console"

# Control groups: the cgroup namespace makes this host's own groups the root of each hierarchy.
if [ "$(cut -d: -f2 /proc/self/cgroup | grep -c .)" -gt 0 ]; then
  mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
  while IFS=: read -r _ controllers _; do
    case $controllers in
      '') target=unified kind=cgroup2 options=rw ;;
      name=*) target=${controllers#name=} kind=cgroup options=none,$controllers ;;
      *) target=$controllers kind=cgroup options=$controllers ;;
    esac
    mkdir "$root/sys/fs/cgroup/$target"
    mount -t "$kind" -o "$options" cgroup "$root/sys/fs/cgroup/$target"
    for one in $(echo "$target" | tr ',' ' '); do
      [ -e "$root/sys/fs/cgroup/$one" ] || ln -s "$target" "$root/sys/fs/cgroup/$one"
    done
  done </proc/self/cgroup
else
  only_version_2=yes
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
fi

hostname "$name"
echo ready
read -r _
if [ $only_version_2 = yes ]; then
  # A group that hands controllers to its children may hold no process itself.
  mkdir "$root/sys/fs/cgroup/init"
  xargs -rn1 <"$root/sys/fs/cgroup/cgroup.procs" >"$root/sys/fs/cgroup/init/cgroup.procs" || true
  sed 's/^/+/; s/ / +/g' "$root/sys/fs/cgroup/cgroup.controllers" >"$root/sys/fs/cgroup/cgroup.subtree_control" || true
fi
ip link set lo up
ip address add "$address/24" dev eth0
ip link set eth0 up
ip route add default via "$gateway"
echo up

cd "$root"
pivot_root . mnt
exec chroot . sh -c 'umount -l /mnt; exec /sbin/init' <dev/null >dev/null 2>&1
