import { parseBatch } from '../docker/api-batch.ts';
import { askEngine, type EngineAnswers } from '../docker/ask.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { stateScript } from '../proxy/activate.ts';
import { type ProxyKind, proxyContainer, proxyFiles, proxyLabel } from '../proxy/container.ts';
import { parseRoute, type Route } from '../proxy/route.ts';
import type { Server } from '../transport/server.ts';
import { quote } from '../transport/shell.ts';

/** What is known of a node's proxy after one round trip. */
export interface ProxyState {
  /** Stands for all route files (proxy/activate.ts). */
  readonly state: string;
  readonly routes: readonly Route[];
  /** Text of the configuration in force, empty where there is none. */
  readonly config: string;
  readonly dynamic: string;
  /** Names of stored certificates, without their endings. */
  readonly certificates: ReadonlySet<string>;
  readonly authorities: ReadonlySet<string>;
  readonly kind: ProxyKind | undefined;
  readonly running: boolean;
  /** Networks the proxy is on. */
  readonly networks: ReadonlySet<string>;
  /** The environment's network; undefined where this node does not know it. */
  readonly network: { readonly labels: Readonly<Record<string, string>> } | undefined;
  readonly inSwarm: boolean;
  /** Seconds since the epoch, by the node's clock. */
  readonly now: number;
}

/** `resource` and `network`: of the service that is asked about. */
export async function readProxy(
  server: Server,
  { resource, network, kind }: { resource: string; network: string; kind: ProxyKind },
): Promise<ProxyState> {
  const { stateDir } = server.account;
  const files = proxyFiles(stateDir);
  const config = kind === 'caddy' ? files.caddyConfig : files.traefikConfig;
  const script = `say() { printf '%s\\t%s\\n' "$1" "$2"; }
encoded() { printf '%s\\t' "$1"; base64 | tr -d '\\n'; echo; }
say now "$(date +%s)"
say state "$( ${stateScript(stateDir).trim()} )"
for file in ${quote(files.routes)}/*.json; do
  if [ -e "$file" ]; then encoded "route \${file##*/}" <"$file"; fi
done
for file in ${quote(files.certificates)}/*.key; do
  if [ -e "$file" ]; then file=\${file##*/}; say certificate "\${file%.key}"; fi
done
for file in ${quote(files.authorities)}/*.pem; do if [ -e "$file" ]; then say authority "\${file##*/}"; fi; done
if [ -e ${quote(config)} ]; then encoded config <${quote(config)}; fi
if [ -e ${quote(`${files.dynamic}/${resource}.yml`)} ]; then encoded dynamic <${quote(`${files.dynamic}/${resource}.yml`)}; fi
:
`;
  const purpose = 'Reading the state of the proxy';
  const questions = [`/containers/${proxyContainer}/json`, `/networks/${network}`].map((path) => ({ path }));
  const { stdout } = await server.script(script, { purpose, repeatable: true });
  // After the files: a state that is still the same later stands for what the engine says now, too.
  const engine = await askEngine(server, [...questions, { path: '/info', earlier: true }], { purpose });
  return parseProxyState(stdout, engine, server.name);
}

/** Whether the node's proxy serves anything of a service, at the price of one round trip. */
export async function hasRoute(server: Server, resource: string): Promise<boolean> {
  const file = `${proxyFiles(server.account.stateDir).routes}/${resource}.json`;
  const script = `if [ -e ${quote(file)} ]; then echo there; fi`;
  const { stdout } = await server.script(script, { purpose: 'Looking for a route', repeatable: true });
  return stdout.trim() === 'there';
}

export function parseProxyState(text: string, engine: EngineAnswers, server: string): ProxyState {
  const lines = text.split('\n').flatMap((line) => {
    const [key, value] = line.split('\t');
    return key === undefined || value === undefined ? [] : [[key, value] as const];
  });
  const all = (name: string) => lines.filter(([key]) => key === name).map(([, value]) => value);
  const decode = (value: string | undefined) => Buffer.from(value ?? '', 'base64').toString('utf8');
  const routes = lines
    .filter(([key]) => key.startsWith('route '))
    .map(([key, value]) => {
      const route = parseRoute(decode(value));
      if (route !== undefined) return route;
      throw new DrayageError(
        'PROXY_REFUSED',
        `${server}: the route file ${key.slice(6)} is damaged or of a newer version.`,
        {
          hint: `Look at it there, and remove it where it is damaged: $DRAYAGE_STATE/proxy/routes/${key.slice(6)}`,
        },
      );
    });
  const [container, network, info] = parseBatch(engine.text).map(({ status, body }) =>
    status === 200 ? record(body) : undefined,
  );
  const label = record(record(container?.Config).Labels)[proxyLabel];
  return {
    state: all('state')[0] ?? '',
    routes,
    config: decode(all('config')[0]),
    dynamic: decode(all('dynamic')[0]),
    certificates: new Set(all('certificate')),
    authorities: new Set(all('authority')),
    kind: label === 'caddy' || label === 'traefik' ? label : undefined,
    running: record(container?.State).Running === true,
    networks: new Set(Object.keys(record(record(container?.NetworkSettings).Networks))),
    network: network === undefined ? undefined : { labels: record(network.Labels) as Record<string, string> },
    inSwarm: record(info?.Swarm).LocalNodeState === 'active',
    now: Number(all('now')[0] ?? 0),
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
