import type { MachineFacts } from './machine.ts';

const barePackages = 'sysvinit-core openssh-server ca-certificates iproute2 iputils-ping procps sudo netbase';
const dockerPackages = 'docker.io docker-cli docker-buildx docker-compose git';

/** Points apt at this machine's mirrors. Docker comes from Debian 13, the rest from Debian 12. */
export function aptRecipe(machine: MachineFacts): string {
  const sources = [
    `deb ${machine.mirror} bookworm main`,
    `deb ${machine.mirror} bookworm-updates main`,
    `deb ${machine.securityMirror} bookworm-security main`,
    `deb ${machine.mirror} trixie main`,
  ];
  const authorities = Object.entries(machine.authorities).map(([file, pem]) =>
    writeFile(`/usr/local/share/ca-certificates/${file}`, pem),
  );
  return [
    writeFile('/etc/apt/sources.list', sources.join('\n')),
    writeFile('/etc/apt/apt.conf.d/90machine', machine.aptOptions.join('\n')),
    writeFile('/etc/apt/preferences.d/trixie', aptPreferences),
    'mkdir -p /usr/local/share/ca-certificates',
    ...authorities,
    'apt-get update -q',
    'apt-get dist-upgrade -y -q',
    'apt-get clean',
  ].join('\n');
}

const aptPreferences = `Package: *
Pin: release n=trixie
Pin-Priority: 100

Package: docker.io docker-cli docker-buildx docker-compose containerd
Pin: release n=trixie
Pin-Priority: 990
`;

/** init runs no boot scripts of run level S: mounts and devices stand already, and sysctls belong to the machine. */
const inittab = `id:2:initdefault:
l2:2:wait:/bin/sh -c "/etc/init.d/rc 2 >/var/log/boot.log 2>&1"
l0:0:wait:/bin/sh -c "service docker stop >/dev/null 2>&1; exec poweroff -f -d"
l6:6:wait:/bin/sh -c "service docker stop >/dev/null 2>&1; exec reboot -f -d"
`;

/** sshd without PAM, which needs kernel features a namespace lacks, and without name look-ups, which cost seconds. */
const sshdConfig = `UsePAM no
UseDNS no
PermitRootLogin prohibit-password
`;

/** Docker's init script raises limits, which is refused where the machine itself runs without CAP_SYS_RESOURCE. */
const limitsHook = `ulimit() { command ulimit "$@" 2>/dev/null || true; }
`;

/** Tells Docker's init script that control groups are mounted, so that it does not try the ones this kernel lacks. */
const fstab = `tmpfs /sys/fs/cgroup tmpfs noauto 0 0
`;

/** What makes a fresh server of the base system. */
export const bareRecipe = [
  `apt-get install -y -q --no-install-recommends ${barePackages}`,
  'apt-get clean',
  'rm -f /etc/ssh/ssh_host_*',
  writeFile('/etc/inittab', inittab),
  writeFile('/etc/ssh/sshd_config.d/lab.conf', sshdConfig),
  writeFile('/lib/lsb/init-functions.d/50-lab', limitsHook),
  writeFile('/etc/fstab', fstab),
  'mkdir -p -m 700 /root/.ssh',
].join('\n');

/** What makes a Docker host of a bare one. */
export const dockerRecipe = [
  `apt-get install -y -q --no-install-recommends ${dockerPackages}`,
  'apt-get clean',
  'rm -f /etc/docker/key.json',
].join('\n');

/**
 * Programs are unpacked, not installed: nothing of the lab starts on this machine by itself. The base image loses what
 * Debian's own slim image leaves out.
 */
export const toolsRecipe = `mkdir -p /opt/tools
cd /opt/tools
apt-get download -q -o APT::Sandbox::User=root docker-registry pebble
for package in *.deb; do dpkg-deb -x "$package" .; done
rm -rf ./*.deb usr/share
cd /
cat >/etc/dpkg/dpkg.cfg.d/slim <<'END_OF_FILE'
path-exclude /usr/share/doc/*
path-exclude /usr/share/man/*
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
END_OF_FILE
cat >/etc/apt/apt.conf.d/slim <<'END_OF_FILE'
APT::Keep-Downloaded-Packages "false";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb"; };
END_OF_FILE
rm -rf /usr/share/doc/* /usr/share/man/* /usr/share/info/* /usr/share/locale/*
rm -rf /etc/apt/preferences.d/trixie /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/*.log
rm -rf /etc/resolv.conf /var/lib/dpkg/*-old
sed -i '/ trixie /d' /etc/apt/sources.list
tar -cf /opt/slim.tar --one-file-system --exclude=./opt --exclude=./usr/sbin/policy-rc.d .
`;

/** A shell command that writes `content` to `path`, which it ends with a newline. */
function writeFile(path: string, content: string): string {
  return `mkdir -p "$(dirname ${path})"; cat >${path} <<'END_OF_FILE'\n${content.trimEnd()}\nEND_OF_FILE`;
}
