# Runs a recipe inside a root made of read-only layers and keeps what it changed in <folder>/upper.
# Runs in new mount and pid namespaces, which undo the mounts and end what the recipe left running.
set -eu
lower=$1 folder=$2 recipe=$3
root=$folder/root
mkdir -p "$root" "$folder/upper" "$folder/work"
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$folder/upper,workdir=$folder/work" "$root"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
cp /etc/resolv.conf "$root/etc/resolv.conf"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
chroot "$root" sh -eu -c "$recipe"
rm "$root/usr/sbin/policy-rc.d"
