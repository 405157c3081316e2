import { parseBatch } from '../docker/api-batch.ts';
import { askEngine, type EngineAnswers } from '../docker/ask.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { type ProxyKind, proxyLabel, proxySpecLabel } from '../proxy/container.ts';
import { isGuard } from '../proxy/guard.ts';
import type { Server } from '../transport/server.ts';
import { engineQuestions, type FactsQuestion, factsScript } from './facts-script.ts';

/** What is known of a server after one round trip. */
export interface ServerFacts {
  readonly os: { readonly id: string; readonly version: string; readonly codename: string; readonly name: string };
  /** As images name it: `linux/amd64`. */
  readonly platform: string;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  /** Bytes free, and in all, where the engine keeps its images. */
  readonly disk: { readonly free: number; readonly total: number };
  readonly freeInodes: number | undefined;
  /** Seconds the server's clock is ahead of ours. */
  readonly clockSkew: number;
  readonly systemd: boolean;
  readonly tools: ReadonlySet<string>;
  /** Programs of build types that are there, each with its version: `railpack-0.20.0`. */
  readonly buildTools: ReadonlySet<string>;
  /** AppArmor is on in the kernel, but its parser, without which no container starts, is not there. */
  readonly needsAppArmor: boolean;
  readonly daemonJson: string | undefined;
  /** SHA-256 of the stored authority, by registry. */
  readonly authorities: Readonly<Record<string, string>>;
  readonly stateFolder: boolean;
  readonly runFolderKept: boolean;
  /** Program that listens, by port; empty where its name is unknown. */
  readonly listeners: Readonly<Record<number, string>>;
  /** The address by which others reach it: the one our connection arrived at, else the one of the default route. */
  readonly address: string;
  readonly docker: DockerFacts | undefined;
  readonly proxy: ProxyFacts | undefined;
  /** Whether the guard of the proxy (proxy/guard.ts) is there. */
  readonly guard: boolean;
}

export interface DockerFacts {
  /** `docker-ce-cli` for Docker's own packages, `snap`, or empty. */
  readonly origin: string;
  /** undefined where the engine does not answer. */
  readonly engine: { readonly version: string; readonly api: string } | undefined;
  readonly error: string;
  /** Path of the plugin; undefined where it is missing. */
  readonly buildx: string | undefined;
  readonly swarm: {
    readonly state: string;
    readonly nodeId: string;
    readonly cluster: string;
    readonly manager: boolean;
    /** Address under which it is known to the Swarm. */
    readonly address: string;
  };
  readonly liveRestore: boolean;
}

export interface ProxyFacts {
  /** undefined: a container of this name that is not ours. */
  readonly kind: ProxyKind | undefined;
  readonly spec: string;
  readonly running: boolean;
}

/** Asks the server. Throws DrayageError where even that fails. */
export async function readFacts(server: Server, question: FactsQuestion): Promise<ServerFacts> {
  const before = Date.now();
  const purpose = 'Reading the facts of the server';
  const asked = askEngine(server, engineQuestions, { purpose });
  asked.catch(() => undefined);
  const { stdout } = await server.script(factsScript(question), { purpose, repeatable: true });
  const now = (before + Date.now()) / 2000;
  return parseFacts(stdout, await asked, now, server.name);
}

/** `now`: our own clock in seconds since the epoch, at the middle of the request. */
export function parseFacts(text: string, answers: EngineAnswers, now: number, serverName: string): ServerFacts {
  const lines = text.split('\n').flatMap((line) => {
    const tab = line.indexOf('\t');
    return tab < 0 ? [] : [[line.slice(0, tab), line.slice(tab + 1)] as const];
  });
  const all = (name: string) => lines.filter(([key]) => key === name).map(([, value]) => value);
  const one = (name: string) => all(name)[0];
  if (one('machine') === undefined) {
    throw new DrayageError('SETUP_FAILED', `${serverName} did not say what kind of machine it is.`, { output: text });
  }
  const pairs = (name: string) =>
    all(name).map((value) => [value.split(' ')[0] ?? '', value.split(' ').slice(1).join(' ')] as const);
  const tools = new Set(all('tool'));
  const batch = parseBatch(answers.text);
  const engine = batch.map(({ status, body }) => (status === 200 ? body : undefined));
  const [free = 0, total = 0, blockSize = 0, freeInodes = 0, inodes = 0] = (one('disk') ?? '').split(' ').map(Number);
  return {
    os: parseOsRelease(all('os-release')),
    platform: platformOf(one('machine') ?? ''),
    cpus: Number(one('cpus') ?? 0),
    memory: Number(one('memory') ?? 0) * 1024,
    disk: { free: free * blockSize, total: total * blockSize },
    // Some file systems count none.
    freeInodes: inodes === 0 ? undefined : freeInodes,
    clockSkew: Math.round(Number(one('clock')) + 0.5 - now),
    systemd: one('init') === 'systemd',
    tools,
    buildTools: new Set(all('build-tool')),
    needsAppArmor: one('apparmor') === 'missing',
    daemonJson: all('daemon-json').length === 0 ? undefined : all('daemon-json').join('\n').trim(),
    authorities: Object.fromEntries(pairs('authority')),
    stateFolder: one('state-folder') === 'yes',
    runFolderKept: one('tmpfiles') === 'yes',
    listeners: Object.fromEntries(pairs('listener').map(([port, program]) => [Number(port), program])),
    address: one('address') || one('route') || '',
    docker: tools.has('docker')
      ? parseDocker(record(engine[0]), batch[0]?.headers.get('api-version'), {
          origin: one('docker-origin') ?? '',
          error: answers.errors.trim(),
          buildx: one('buildx'),
        })
      : undefined,
    proxy: parseProxy(record(engine[1])),
    guard: isGuard(record(record(engine[2]).Config).Labels),
  };
}

/** `api`: the newest version of the API, which the engine names in a header of every answer. */
function parseDocker(
  info: Readonly<Record<string, unknown>>,
  api: string | undefined,
  plain: Pick<DockerFacts, 'origin' | 'error' | 'buildx'>,
): DockerFacts {
  const swarm = record(info.Swarm);
  return {
    ...plain,
    engine: typeof info.ServerVersion === 'string' ? { version: info.ServerVersion, api: api ?? '' } : undefined,
    swarm: {
      state: typeof swarm.LocalNodeState === 'string' ? swarm.LocalNodeState : 'inactive',
      nodeId: String(swarm.NodeID ?? ''),
      cluster: String(record(swarm.Cluster).ID ?? ''),
      manager: swarm.ControlAvailable === true,
      address: String(swarm.NodeAddr ?? ''),
    },
    liveRestore: info.LiveRestoreEnabled === true,
  };
}

function parseProxy(container: Readonly<Record<string, unknown>>): ProxyFacts | undefined {
  if (Object.keys(container).length === 0) return undefined;
  const labels = record(record(container.Config).Labels);
  const kind = labels[proxyLabel];
  return {
    kind: kind === 'caddy' || kind === 'traefik' ? kind : undefined,
    spec: String(labels[proxySpecLabel] ?? ''),
    running: record(container.State).Running === true,
  };
}

function parseOsRelease(lines: readonly string[]): ServerFacts['os'] {
  const values = new Map(
    lines.map((line) => {
      const [key = '', ...rest] = line.split('=');
      return [key, rest.join('=').replace(/^["'](.*)["']$/, '$1')] as const;
    }),
  );
  const get = (key: string) => values.get(key) ?? '';
  return {
    id: get('ID'),
    version: get('VERSION_ID'),
    codename: get('VERSION_CODENAME'),
    name: get('PRETTY_NAME') || get('ID'),
  };
}

/** `uname -m` in the words of the OCI image specification. */
function platformOf(machine: string): string {
  const names: Readonly<Record<string, string>> = {
    x86_64: 'amd64',
    aarch64: 'arm64',
    armv7l: 'arm/v7',
    armv6l: 'arm/v6',
    i686: '386',
  };
  return `linux/${names[machine] ?? machine}`;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
