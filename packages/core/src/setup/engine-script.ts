/** Shell functions for the engine, under systemd and without it. */
export const engineFunctions = `docker_answers() { docker version --format '{{.Server.APIVersion}}' >/dev/null 2>&1; }
await_docker() {
  tries=0
  until docker_answers; do
    tries=$((tries + 1))
    [ $tries -lt 120 ] || return 1
    sleep 0.5
  done
}
docker_service() {
  if [ -d /run/systemd/system ]; then systemctl "$1" docker
  else service docker "$1"; fi
}
start_docker() {
  [ ! -d /run/systemd/system ] || systemctl -q enable docker
  docker_answers || docker_service start || true
  if ! await_docker; then
    echo 'Docker does not answer after its start. Its last lines:'
    if [ -d /run/systemd/system ]; then journalctl -u docker -n 20 --no-pager; else tail -n 20 /var/log/docker.log; fi
    return 1
  fi
}
`;

/**
 * Puts a new daemon.json in place. Checked by dockerd first; where a running engine does not come back with it, the old
 * file is put back.
 */
export function applyDaemonConfig(text: string, then: 'none' | 'reload' | 'restart'): string {
  return `file=/etc/docker/daemon.json
mkdir -p /etc/docker
cat >$file.next <<'END_OF_JSON'
${text.trimEnd()}
END_OF_JSON
if command -v dockerd >/dev/null && dockerd --help 2>/dev/null | grep -q -- --validate; then
  dockerd --validate --config-file $file.next || { rm -f $file.next; exit 1; }
fi
rm -f $file.before
[ ! -e $file ] || cp -p $file $file.before
mv -f $file.next $file
${then === 'none' ? '' : activate(then)}rm -f $file.before
`;
}

function activate(how: 'reload' | 'restart'): string {
  const signal = `kill -HUP "$(cat /run/docker.pid 2>/dev/null || pidof dockerd)"`;
  return `${how === 'reload' ? signal : 'docker_service restart'} || true
sleep 1
if ! await_docker; then
  echo 'Docker does not come up with the new settings; the old ones are put back.'
  rm -f $file
  [ ! -e $file.before ] || mv -f $file.before $file
  docker_service restart
  exit 1
fi
`;
}
