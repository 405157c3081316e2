import { quote, quoteArgv } from '../../transport/shell.ts';
import { type DaemonPlan, daemonLabel, daemonName } from './plan.ts';

/** Files below the state folder, of mode 0600 in folders of mode 0700. What the daemon itself needs stands apart: it never sees the authority's key. */
export const place = {
  folder: '$DRAYAGE_STATE/buildkit',
  daemon: '$DRAYAGE_STATE/buildkit/daemon',
  authority: 'ca.pem',
  authorityKey: 'ca-key.pem',
  server: 'server.pem',
  serverKey: 'server-key.pem',
} as const;

/** Prints what stands there: files in base64, and the container. No key. */
export const factsScript = `cd "${place.folder}" 2>/dev/null && {
  [ ! -s ${place.authority} ] || [ ! -s ${place.authorityKey} ] || echo "authority $(base64 <${place.authority} | tr -d '\\n')"
  [ ! -s daemon/${place.server} ] || [ ! -s daemon/${place.serverKey} ] || echo "server $(base64 <daemon/${place.server} | tr -d '\\n')"
}
docker inspect --format 'container {{index .Config.Labels "${daemonLabel}"}} {{.State.Running}}' ${daemonName} 2>/dev/null
:`;

/** Puts the job's files into their places and (re)starts the daemon. A build that runs there is ended. */
export function applyScript(plan: DaemonPlan, made: { readonly authority: boolean; readonly server: boolean }): string {
  const move = (name: string, folder: string) => `mv -f "$DRAYAGE_JOB/${name}" "${folder}/${name}"`;
  return `set -eu
umask 077
mkdir -p "${place.daemon}"
${made.authority ? [place.authorityKey, place.authority].map((name) => move(name, place.folder)).join('\n') : ''}
${made.server ? move(place.serverKey, place.daemon) : ''}
${Object.keys(plan.files)
  .map((name) => `mv -f "$DRAYAGE_JOB/daemon-${name}" "${place.daemon}/${name}"`)
  .join('\n')}
tries=1
until docker image inspect ${quote(plan.image)} >/dev/null 2>&1 || docker pull --quiet ${quote(plan.image)} >/dev/null; do
  [ $tries -lt 3 ] || exit 1
  tries=$((tries + 1)); sleep 3
done
docker rm -f ${daemonName} >/dev/null 2>&1 || true
folder=${place.daemon}
${quoteArgv(plan.run('FOLDER')).replaceAll('FOLDER', '"$folder"')} >/dev/null
tries=0
until docker exec ${daemonName} buildctl debug workers >/dev/null 2>&1; do
  tries=$((tries + 1))
  if [ $tries -ge 60 ]; then docker logs --tail 20 ${daemonName}; echo 'buildkitd does not come up.'; exit 1; fi
  sleep 0.5
done
`;
}
