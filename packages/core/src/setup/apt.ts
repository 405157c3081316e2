/**
 * Shell functions for packages. Quiet as it is asked to be here, apt waits for dpkg's lock without a word, and for that of
 * the package lists not at all: both are waited for with one.
 */
export const aptFunctions = `export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a
apt_options='-qq -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold'
# Once for all steps.
apt_update() {
  [ ! -e "$DRAYAGE_JOB/updated" ] || return 0
  tries=0
  until apt-get $apt_options update >"$DRAYAGE_JOB/apt" 2>&1; do
    if [ $tries -ge 120 ] || ! grep -q 'Could not get lock' "$DRAYAGE_JOB/apt"; then cat "$DRAYAGE_JOB/apt"; return 1; fi
    [ $((tries % 6)) != 0 ] || echo "Waiting for another package manager: $(grep -m1 'Could not get lock' "$DRAYAGE_JOB/apt")"
    tries=$((tries + 1)); sleep 5
  done
  : >"$DRAYAGE_JOB/updated"
}
await_lock() {
  tries=0
  while held=$(apt-get -qq check 2>&1 | grep -m1 'Could not get lock'); do
    [ $tries -lt 300 ] || return 1
    [ $((tries % 15)) != 0 ] || echo "Waiting for another package manager: $held"
    tries=$((tries + 1)); sleep 2
  done
}
# A line for each package; all of what apt said only where it failed. Not through a pipe: a daemon that a package starts may
# keep it open for good.
apt_install() {
  await_lock
  if apt-get $apt_options install --no-install-recommends "$@" >"$DRAYAGE_JOB/apt" 2>&1; then
    sed -n 's/^Setting up \\([^:( ]*\\)[^(]*\\((.*)\\) .*/installed \\1 \\2/p' "$DRAYAGE_JOB/apt"
  else
    cat "$DRAYAGE_JOB/apt"
    return 1
  fi
}
`;

/** First release of Docker with API 1.44. */
const oldestDocker = '25.0';

/**
 * Docker as the distribution packages it. Where its usual release is too old but another source of the machine (such
 * as backports) has a newer one, that is taken.
 */
export const distributionDocker = `apt_update
candidate=$(apt-cache policy docker.io | sed -n 's/^ *Candidate: //p')
release=
if [ -z "$candidate" ] || [ "$candidate" = '(none)' ]; then echo 'This distribution has no package docker.io.'; exit 1; fi
if dpkg --compare-versions "$candidate" lt ${oldestDocker}; then
  release=$(apt-cache madison docker.io | while IFS='|' read -r _ version source; do
    version=$(echo $version)
    if dpkg --compare-versions "$version" ge ${oldestDocker}; then echo "$source" | awk '{ sub("/.*", "", $2); print $2 }'; break; fi
  done)
  if [ -z "$release" ]; then
    echo "The newest docker.io here is $candidate; ${oldestDocker} or newer is needed. Use docker-source: official for this server."
    exit 1
  fi
fi
set -- docker.io docker-buildx iptables ca-certificates
if apt-cache show docker-cli >/dev/null 2>&1; then set -- "$@" docker-cli; fi
[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" != Y ] || set -- "$@" apparmor
apt_install \${release:+-t "$release"} "$@"
`;

/** The plugin alone, from where Docker itself came. */
export function buildxPackage(origin: string): string {
  return origin.startsWith('docker-ce') ? 'docker-buildx-plugin' : 'docker-buildx';
}
