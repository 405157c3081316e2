import { proxyContainer } from '../proxy/container.ts';
import { guardContainer } from '../proxy/guard.ts';
import { quote } from '../transport/shell.ts';

/** What the probe must look at besides the server itself. */
export interface FactsQuestion {
  /** Hosts (`host[:port]`) whose certificate authorities may have been stored for the engine. */
  readonly registries: readonly string[];
  /** Whether it matters who listens on the ports of a proxy. */
  readonly ports: boolean;
}

/** What the engine is asked beside the script. */
export const engineQuestions = [
  // Anew, since setup may change it; the steps after it need not ask again. The engine starts two programs to answer.
  { path: '/info', earlier: false },
  { path: `/containers/${proxyContainer}/json` },
  { path: `/containers/${guardContainer}/json` },
];

/**
 * POSIX sh that prints everything setup decides on, as lines `name<TAB>value`; a file is a line for each of its own. It
 * changes nothing and runs on any Linux, with or without Docker. It is asked at every start of every step, and starting a
 * program is what costs time: whatever the shell itself can do, it does.
 */
export function factsScript({ registries, ports }: FactsQuestion): string {
  return `say() { printf '%s\\t%s\\n' "$1" "$2"; }
lines() { while IFS= read -r line || [ -n "$line" ]; do say "$1" "$line"; done; }
has() { command -v "$1" >/dev/null 2>&1; }
say clock "$(date +%s)"
for file in /etc/os-release /usr/lib/os-release; do
  if [ -r $file ]; then lines os-release <$file; break; fi
done
say machine "$(uname -m)"
while read -r key value unit; do [ "$key" != MemTotal: ] || { say memory "$value"; break; }; done </proc/meminfo
say cpus "$(grep -c ^processor /proc/cpuinfo)"
if [ -d /run/systemd/system ]; then say init systemd; else say init other; fi
for tool in apt-get curl git git-lfs flock systemctl docker; do has $tool && say tool $tool; done
enabled=
[ ! -r /sys/module/apparmor/parameters/enabled ] || read -r enabled </sys/module/apparmor/parameters/enabled
[ "$enabled" = Y ] && ! has apparmor_parser && say apparmor missing
[ -r /etc/docker/daemon.json ] && lines daemon-json </etc/docker/daemon.json
for registry in ${registries.map(quote).join(' ')}; do
  file=/etc/docker/certs.d/$registry/ca.crt
  [ -r "$file" ] && say authority "$registry $(sha256sum <"$file" | cut -d' ' -f1)"
done
[ -d "$DRAYAGE_STATE" ] && say state-folder yes
[ "$DRAYAGE_STATE" != /var/lib/drayage ] || [ -e /etc/tmpfiles.d/drayage.conf ] && say tmpfiles yes
${ports ? `${listeners}\n` : ''}address=\${SSH_CONNECTION#* * }
say address "\${address%% *}"
[ -z "$SSH_CONNECTION" ] && has ip && say route "$(ip -4 route get 192.0.2.1 2>/dev/null | sed -n 's/.* src \\([^ ]*\\).*/\\1/p')"
if program=$(command -v docker); then
  [ ! -L "$program" ] || program=$(readlink -f "$program")
  case $program in
    /snap/* | /usr/bin/snap) say docker-origin snap ;;
    *) [ -e /var/lib/dpkg/info/docker-ce-cli.list ] && say docker-origin docker-ce-cli ;;
  esac
  for folder in ~/.docker /usr/local/libexec/docker /usr/local/lib/docker /usr/libexec/docker /usr/lib/docker; do
    if [ -x "$folder/cli-plugins/docker-buildx" ]; then say buildx "$folder/cli-plugins/docker-buildx"; break; fi
  done
fi
folder=/var/lib/docker; [ -d $folder ] || folder=/var/lib
say disk "$(stat -f -c '%a %b %S %d %c' $folder 2>/dev/null)"
:
`;
}

/** Who listens on the ports of a proxy, with the program's name where `ss` can tell it; else from the kernel's own table (0A is the state LISTEN). */
const listeners = `if has ss; then
  ss -Hltnp '( sport = :80 or sport = :443 )' 2>/dev/null | while read -r state received sent local peer users; do
    name=\${users#*'(("'}
    say listener "\${local##*:} \${name%%'"'*}"
  done
else
  for port in 80:0050 443:01BB; do
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -qE "^ *[0-9]+: [0-9A-F]+:\${port#*:} [0-9A-F:]+ 0A " && say listener "\${port%:*} "
  done
fi`;
