import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached, recipeHash } from './cache.ts';
import { run } from './command.ts';
import type { MachineFacts } from './machine.ts';

const layerScript = fileURLToPath(new URL('layer.sh', import.meta.url));

/** The lower layers of hosts, top first, as overlay's `lowerdir` wants them. */
export interface Roots {
  /** Debian 12 as debootstrap's minbase makes it, with apt set up. Also the base of all lab images. */
  base: string[];
  /** A fresh server: sshd, init, no Docker, no git, no curl. */
  bare: string[];
  /** The same with Docker Engine, buildx, compose and git. */
  docker: string[];
  /** Folder of programs the lab runs on this machine: docker-registry, pebble, pebble-challtestsrv. */
  tools: string;
  /** A tar of the base system, as the image debian:bookworm-slim is made from. */
  slimTar: string;
  /** Changes whenever the base system does. */
  baseHash: string;
}

const barePackages = 'sysvinit-core openssh-server ca-certificates iproute2 iputils-ping procps sudo netbase';
const dockerPackages = 'docker.io docker-cli docker-buildx docker-compose git';

/** Makes the root file systems of lab hosts from Debian's packages, once. */
export async function prepareRoots(machine: MachineFacts, log: (line: string) => void): Promise<Roots> {
  const baseHash = recipeHash('base 1', machine);
  const base = await cached('base', baseHash, async (folder) => {
    log('making the Debian base system (once, about 40 s)');
    const tree = join(folder, 'tree');
    await run([...tethered, '--mount-proc', 'debootstrap', '--variant=minbase', 'bookworm', tree, machine.mirror]);
    await runRecipe([tree], folder, aptRecipe(machine), machine);
  });
  const baseLayers = [join(base, 'upper'), join(base, 'tree')];

  const bareHash = recipeHash(baseHash, bareRecipe);
  const bare = await cached('bare', bareHash, async (folder) => {
    log('making the root of bare hosts (once, about 15 s)');
    await runRecipe(baseLayers, folder, bareRecipe, machine);
  });
  const bareLayers = [join(bare, 'upper'), ...baseLayers];

  const docker = await cached('docker', recipeHash(bareHash, dockerRecipe), async (folder) => {
    log('installing Docker into the root of Docker hosts (once, about 20 s)');
    await runRecipe(bareLayers, folder, dockerRecipe, machine);
  });
  const toolsHash = recipeHash(baseHash, toolsRecipe);
  const tools = await cached('tools', toolsHash, async (folder) => {
    log('fetching docker-registry and pebble (once)');
    await runRecipe(baseLayers, folder, toolsRecipe, machine);
  });
  return {
    base: baseLayers,
    bare: bareLayers,
    docker: [join(docker, 'upper'), ...bareLayers],
    tools: join(tools, 'upper/opt/tools/usr/bin'),
    slimTar: join(tools, 'upper/opt/slim.tar'),
    baseHash: toolsHash,
  };
}

/** Namespaces that end, with all their processes and mounts, when this process does. */
const tethered = 'setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child'.split(' ');

async function runRecipe(lower: string[], folder: string, recipe: string, machine: MachineFacts): Promise<void> {
  const env = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    LC_ALL: 'C.UTF-8',
    DEBIAN_FRONTEND: 'noninteractive',
    ...machine.proxy,
  };
  await run([...tethered, 'sh', layerScript, lower.join(':'), folder, recipe], { env });
  await Promise.all(['work', 'root'].map((part) => rm(join(folder, part), { recursive: true, force: true })));
}

/** Points apt at this machine's mirrors. Docker comes from Debian 13, the rest from Debian 12. */
function aptRecipe(machine: MachineFacts): string {
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

const bareRecipe = [
  `apt-get install -y -q --no-install-recommends ${barePackages}`,
  'apt-get clean',
  'rm -f /etc/ssh/ssh_host_*',
  writeFile('/etc/inittab', inittab),
  writeFile('/etc/ssh/sshd_config.d/lab.conf', sshdConfig),
  writeFile('/lib/lsb/init-functions.d/50-lab', limitsHook),
  writeFile('/etc/fstab', fstab),
  'mkdir -p -m 700 /root/.ssh',
].join('\n');

const dockerRecipe = [
  `apt-get install -y -q --no-install-recommends ${dockerPackages}`,
  'apt-get clean',
  'rm -f /etc/docker/key.json',
].join('\n');

/**
 * Programs are unpacked, not installed: nothing of the lab starts on this machine by itself. The base image loses what
 * Debian's own slim image leaves out.
 */
const toolsRecipe = `mkdir -p /opt/tools
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
