import { quote, quoteArgv } from '../transport/shell.ts';
import { inContainer, proxyContainer, proxyFiles } from './container.ts';
import { proxyPaths } from './slot.ts';
import type { TraefikFiles } from './traefik/files.ts';

/** Exit statuses of `activateScript`, besides 0. */
export const activation = {
  locked: 74,
  overtaken: 75,
  changedMeanwhile: 76,
  refused: 77,
  notRunning: 78,
  notConnected: 79,
} as const;

/** What the proxy is to serve, decided from the state that `expected` stands for. */
export interface Activation {
  readonly stateDir: string;
  readonly resource: string;
  /** What `stateScript` printed when this was decided. */
  readonly expected: string;
  /** Text of the service's route file; undefined: it has no route any more. */
  readonly route: string | undefined;
  readonly proxy:
    | { readonly kind: 'caddy'; readonly config: string }
    | { readonly kind: 'traefik'; readonly files: TraefikFiles };
  /** Network the proxy must be on. */
  readonly connect: string | undefined;
  /** Certificates no route refers to any more, by name. */
  readonly obsolete: readonly string[];
  /** POSIX sh that ends the script with `overtaken` when another run has taken over (transport/lease.ts). */
  readonly guard: string;
}

/** POSIX sh that prints one line standing for all route files: equal lines, equal routes. */
export function stateScript(stateDir: string): string {
  return `(cd ${quote(proxyFiles(stateDir).routes)} 2>/dev/null && for file in *.json; do
  if [ -e "$file" ]; then echo "$file"; cat "$file"; fi
done) | sha256sum | cut -d' ' -f1
`;
}

/**
 * POSIX sh that brings a configuration into force: in the proxy, which checks it first, and on disk, from where the proxy
 * starts. Nothing changes when routes changed since it was decided, or when the proxy refuses it.
 */
export function activateScript(options: Activation): string {
  const { stateDir, resource, expected, route, proxy, connect, guard } = options;
  const files = proxyFiles(stateDir);
  const routeFile = `${files.routes}/${resource}.json`;
  const old = options.obsolete.flatMap((name) => ['crt', 'key'].map((end) => `${files.certificates}/${name}.${end}`));
  return `exec 9>${quote(files.lock)}
flock -w 60 9 || exit ${activation.locked}
${guard}
[ "$( ${stateScript(stateDir).trim()} )" = ${quote(expected)} ] || exit ${activation.changedMeanwhile}
[ "$(docker inspect -f '{{.State.Running}}' ${proxyContainer} 2>/dev/null)" = true ] || exit ${activation.notRunning}
${connect === undefined ? '' : connectScript(connect)}${proxy.kind === 'caddy' ? loadCaddy(files.caddyConfig, proxy.config) : writeTraefik(stateDir, resource, proxy.files)}
${route === undefined ? `rm -f ${quote(routeFile)}` : writeFile(routeFile, route)}
${old.length === 0 ? '' : `rm -f ${quoteArgv(old)}\n`}sync ${quote(files.routes)} 2>/dev/null
:
`;
}

/** Docker remembers the connection over restarts; made twice it is an error of its own, which is fine. */
function connectScript(network: string): string {
  return `if ! said=$(docker network connect ${quote(network)} ${proxyContainer} 2>&1); then
  case $said in *'already exists'*) ;; *) echo "$said"; exit ${activation.notConnected} ;; esac
fi
`;
}

/** `caddy reload` hands the file to the admin API; the configuration in force stays when it is refused. */
function loadCaddy(file: string, config: string): string {
  const next = `${file}.next`;
  const reload = ['docker', 'exec', proxyContainer, 'caddy', 'reload', '--config', `${inContainer.caddyConfig}.next`];
  return `${heredoc(next, config)}
if ! said=$(${quoteArgv(reload)} 2>&1); then
  rm -f ${quote(next)}
  echo "$said"
  exit ${activation.refused}
fi
mv -f ${quote(next)} ${quote(file)}`;
}

/** Traefik watches the dynamic folder. The file for the slot that is active now is the one in force. */
function writeTraefik(stateDir: string, resource: string, files: TraefikFiles): string {
  const paths = proxyPaths(stateDir);
  const slotFile = (target: string) => `${paths.slots}/${resource}.${target}.yml`;
  const dynamic = `${paths.dynamic}/${resource}.yml`;
  const statics = proxyFiles(stateDir).traefikConfig;
  if (files.targets === undefined) {
    return `rm -f ${quoteArgv([dynamic, ...['plain', 'blue', 'green'].map(slotFile)])}`;
  }
  const targets = Object.entries(files.targets).map(([target, text]) => writeFile(slotFile(target), text));
  const restart =
    files.static === undefined
      ? ''
      : `${writeFile(statics, files.static)}\ndocker restart ${proxyContainer} >/dev/null\n`;
  return `${targets.join('\n')}
target=plain
for slot in green blue green; do
  if [ -e ${quote(`${paths.active}/${resource}`)}/$slot ]; then target=$slot; break; fi
done
cp ${quote(`${paths.slots}/${resource}`)}.$target.yml ${quote(`${paths.dynamic}/.${resource}.next`)} &&
mv -f ${quote(`${paths.dynamic}/.${resource}.next`)} ${quote(dynamic)} || exit 1
${restart}`;
}

function writeFile(path: string, text: string): string {
  return `${heredoc(`${path}.next`, text)}\nmv -f ${quote(`${path}.next`)} ${quote(path)} || exit 1`;
}

function heredoc(path: string, text: string): string {
  return `cat >${quote(path)} <<'END_OF_FILE' || exit 1\n${text.trimEnd()}\nEND_OF_FILE`;
}
