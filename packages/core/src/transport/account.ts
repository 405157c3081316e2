import type { Account } from './server.ts';
import { exportLines, quote } from './shell.ts';

/** Folders where programs of administrators are; a non-interactive login often lacks them. */
const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Second half of the probe, with the rights that later commands have: finds or makes the private folder on tmpfs. A folder
 * that someone else made, or a symbolic link, is not taken.
 */
const folders = `
uid=\${uid:-$(id -u)}
private() {
  [ -d "$1" ] || mkdir -m 700 "$1" 2>/dev/null
  [ -d "$1" ] && [ ! -L "$1" ] && [ -O "$1" ] && chmod 700 "$1"
}
in_memory() { case $(stat -f -c %T "$1" 2>/dev/null) in tmpfs | ramfs) return 0 ;; esac; return 1; }
if [ "$uid" = 0 ]; then
  state=/var/lib/drayage
  [ -d /run/drayage ] || mkdir -m 711 /run/drayage 2>/dev/null
else
  state=$3/.local/share/drayage
fi
# logind empties /run/user and /dev/shm when the last connection of a user without lingering ends.
candidates="/run/drayage/$uid /dev/shm/drayage-$uid"
if [ "$uid" != 0 ] && [ -d /run/systemd/seats ]; then
  if [ -e "/var/lib/systemd/linger/$1" ]; then candidates="/run/drayage/$uid /run/user/$uid/drayage"
  else candidates="/run/drayage/$uid /tmp/drayage-$uid /dev/shm/drayage-$uid"; fi
fi
run=
for folder in $candidates; do
  in_memory "\${folder%/*}" && private "$folder" && run=$folder && break
done
if [ -z "$run" ]; then
  run=$state/run
  (umask 077; mkdir -p "$run") && private "$run"
fi
read -r boot </proc/sys/kernel/random/boot_id
printf '%s\\n' "$1" "$2" "$3" "$4" "$5" "$state" "$run" "$boot"
`;

/**
 * A script that prints the facts of `Account` and then becomes a shell with the rights they allow, reading its input.
 * `end` marks the end of the facts on both streams.
 */
export function accountProbe(announcement: string, end: string): string {
  const second = `${folders}printf '%s\\n' ${end}; printf '%s\\n' ${end} >&2\nexec sh`;
  return `${announcement}
PATH=$PATH:${searchPath}
uid=$(id -u); user=$(id -un 2>/dev/null || echo "$uid"); privilege=none; socket=
if [ "$uid" = 0 ]; then privilege=root
elif command -v sudo >/dev/null && sudo -n sh -c : >/dev/null 2>&1 </dev/null; then privilege=sudo
elif [ -w /var/run/docker.sock ]; then privilege=docker-group
elif [ -S "/run/user/$uid/docker.sock" ]; then socket=/run/user/$uid/docker.sock
else case " $(id -nG 2>/dev/null) " in *" docker "*) privilege=docker-group ;; esac
fi
set -- "$user" "$uid" "$HOME" "$privilege" "$socket"
second=${quote(second)}
if [ "$privilege" = sudo ]; then exec sudo -n sh -c "uid=; $second" sh "$@"; fi
eval "$second"
`;
}

/** Reads what the probe printed. undefined where it is not complete. */
export function readAccount(text: string): Account | undefined {
  const [user, uid, home, privilege, socket, stateDir, runDir, bootId] = text.split('\n');
  if (user === undefined || home === undefined || stateDir === undefined) return undefined;
  if (runDir === undefined || runDir === '' || bootId === undefined) return undefined;
  if (privilege !== 'root' && privilege !== 'sudo' && privilege !== 'docker-group' && privilege !== 'none')
    return undefined;
  return {
    user,
    uid: Number(uid),
    home,
    privilege,
    stateDir,
    runDir,
    bootId,
    dockerSocket: socket === '' ? undefined : socket,
  };
}

/** What every shell and program of this account starts with. English messages, so that known failures are recognised. */
export function environmentOf(account: Account, asRoot: boolean): string {
  const rootless = account.dockerSocket !== undefined && !asRoot;
  return `PATH=$PATH:${searchPath}; export PATH\n${asRoot ? 'HOME=~root; export HOME\n' : ''}umask 022\n${exportLines({
    LC_ALL: 'C',
    DRAYAGE_STATE: account.stateDir,
    DRAYAGE_RUN: account.runDir,
    ...(rootless ? { DOCKER_HOST: `unix://${account.dockerSocket}`, XDG_RUNTIME_DIR: `/run/user/${account.uid}` } : {}),
  })}`;
}
