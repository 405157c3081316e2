import type { Account } from '../transport/server.ts';
import { quote } from '../transport/shell.ts';

/** Makes a folder of the server's state that only this account can enter; another job may be making it at the same time. */
export function privateFolder(name: string): string {
  const folder = `"$DRAYAGE_STATE/${name}"`;
  return `mkdir -p "$DRAYAGE_STATE" && { [ -d ${folder} ] || mkdir -m 700 ${folder} 2>/dev/null || [ -d ${folder} ]; } || exit 1`;
}

/** Shell text that makes the Docker CLI speak to the engine the account itself would use: a rootless one, or that of its context. */
export function engineLines({ dockerSocket, home }: Account): string {
  if (dockerSocket !== undefined) return `export DOCKER_HOST=${quote(`unix://${dockerSocket}`)}`;
  return `if grep -qs currentContext ${quote(`${home}/.docker/config.json`)}; then
  DOCKER_HOST=$(docker context inspect --format '{{.Endpoints.docker.Host}}') && export DOCKER_HOST
fi`;
}

/**
 * Environment of the Docker CLI in a job whose folder holds a `config.json`: credentials on tmpfs for as long as the job runs. The builder's
 * state stays: by its node id BuildKit recognises a context it has seen.
 */
export function cliLines(account: Account): string {
  return `${privateFolder('buildx')}
${engineLines(account)}
unset BUILDX_BUILDER DOCKER_CONTEXT
# The build context is no repository; buildx need not look for one.
export DOCKER_CONFIG="$DRAYAGE_JOB" BUILDX_CONFIG="$DRAYAGE_STATE/buildx" BUILDX_GIT_INFO=false
${buildxLines(account)}`;
}

/**
 * Defines `buildx`. The plugin is a program of its own, and the Docker CLI in front of it costs a third of a small build;
 * the folders are those the CLI searches, in its order (docker/cli, cli-plugins/manager).
 */
export function buildxLines(account: Account): string {
  const system = ['/usr/local/lib', '/usr/local/libexec', '/usr/lib', '/usr/libexec'];
  const folders = [...pluginFolders(account), ...system.map((folder) => `${folder}/docker/cli-plugins`)];
  return `buildx() { docker buildx "$@"; }
for folder in ${folders.map(quote).join(' ')}; do
  if [ -x "$folder/docker-buildx" ]; then
    buildx_program=$folder/docker-buildx
    buildx() { "$buildx_program" "$@"; }
    break
  fi
done`;
}

/**
 * Where the CLI also looks for plugins: a new DOCKER_CONFIG hides those of the account. Never a folder that the account may not read: the CLI would find
 * no plugin at all.
 */
export function pluginFolders({ home, privilege }: Account): readonly string[] {
  const asRoot = privilege === 'root' || privilege === 'sudo';
  return [...new Set([home, ...(asRoot ? ['/root'] : [])])].map((folder) => `${folder}/.docker/cli-plugins`);
}
