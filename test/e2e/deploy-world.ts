import { loadProject } from '../../packages/core/src/config/load.ts';
import type { Project } from '../../packages/core/src/config/model.ts';
import type { Context } from '../../packages/core/src/context.ts';
import type { Report } from '../../packages/core/src/report/report.ts';
import { connect } from '../../packages/core/src/transport/connect.ts';
import type { Server } from '../../packages/core/src/transport/server.ts';
import type { Host } from '../lab/host.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import type { Registry } from '../lab/registry.ts';

/** A lab with Docker hosts and a private registry, and what the pipeline's functions are called with. */
export interface DeployWorld extends AsyncDisposable {
  lab: Lab;
  hosts: readonly Host[];
  registry: Registry;
  /** A run of its own: another identity, other connections, and its own way to be cancelled. */
  newRun(): Run;
  /** The project of drayage.yml with this service `web`. */
  project(
    web: object,
    more?: { environment?: string; secrets?: Record<string, string>; project?: object },
  ): Promise<Project>;
}

export interface Run extends AsyncDisposable {
  context: Context;
  /** Everything that was printed. */
  lines: string[];
  cancel(): void;
}

let runs = 0;

export async function startDeployWorld(name: string, hostNames: readonly string[]): Promise<DeployWorld> {
  const lab = await startLab({ name: `${name}-${process.pid}`, log: () => undefined });
  const [registry, ...hosts] = await Promise.all([
    lab.registry(),
    ...hostNames.map((host) => lab.host(host, { docker: true })),
  ]);
  return {
    lab,
    hosts,
    registry,
    newRun: () => startRun(hosts),
    project: async (web, more = {}) => {
      const servers = Object.fromEntries(hosts.map((host) => [host.name, { host: host.address, role: 'deploy' }]));
      const { host, username, password } = registry;
      const text = JSON.stringify({
        project: 'shop',
        environments: { [more.environment ?? 'production']: {} },
        servers,
        registries: { [host]: { username, password, insecure: true } },
        services: { web },
        ...more.project,
      });
      const loaded = await loadProject({
        text,
        file: 'drayage.yml',
        environment: more.environment ?? 'production',
        secrets: more.secrets ?? {},
        env: {},
        git: {},
        readFile: () => Promise.reject(new Error('No file is named.')),
      });
      return loaded.project;
    },
    [Symbol.asyncDispose]: () => lab.stop(),
  };
}

function startRun(hosts: readonly Host[]): Run {
  const lines: string[] = [];
  const cancelled = new AbortController();
  const connections = new Map<string, Promise<Server>>();
  const report = recordInto(lines);
  const context: Context = {
    report,
    signal: cancelled.signal,
    run: { id: `test-${process.pid}-${++runs}`, who: `test ${runs}` },
    connect: (name) => {
      const host = hosts.find((candidate) => candidate.name === name);
      if (host === undefined) throw new Error(`The lab has no host ${name}.`);
      const known = connections.get(name);
      if (known !== undefined) return known;
      const { address, port, user, privateKey, hostKey } = host;
      const target = {
        name,
        host: address,
        port,
        user,
        auth: { privateKey },
        hostKey,
        hostKeyPolicy: 'strict',
      } as const;
      const opened = connect(target, { report });
      connections.set(name, opened);
      return opened;
    },
  };
  return {
    context,
    lines,
    cancel: () => cancelled.abort(),
    [Symbol.asyncDispose]: async () => {
      for (const connection of connections.values()) {
        await connection.then(
          (server) => server[Symbol.asyncDispose](),
          () => undefined,
        );
      }
    },
  };
}

function recordInto(lines: string[]): Report {
  return {
    phases: [],
    phase: async (title, work) => {
      lines.push(title);
      return await work({
        output: (chunk, source) => lines.push(`${source ?? ''}: ${chunk.trimEnd()}`),
        note: (line) => lines.push(line),
      });
    },
    note: (line) => lines.push(line),
    warn: (message) => lines.push(`warning: ${message}`),
    mask: () => undefined,
  };
}

/** A web server that says its version; what it does wrong is in its environment. */
const program = `
const { VERSION = 'none', BROKEN, DELAY = '0', EXIT } = process.env;
if (EXIT) { console.error('configuration is missing'); process.exit(Number(EXIT)); }
const server = require('node:http').createServer((request, response) => {
  response.setHeader('x-version', VERSION);
  if (request.url === '/healthz') { response.statusCode = BROKEN ? 500 : 200; return response.end(BROKEN ? 'no database' : 'ok'); }
  if (request.url === '/slow') return void setTimeout(() => response.end(VERSION), 3000);
  if (request.url === '/env') return response.end(JSON.stringify(process.env));
  if (request.url.startsWith('/file/')) return response.end(require('node:fs').readFileSync(request.url.slice(5)));
  response.end(VERSION);
});
setTimeout(() => server.listen(3000), Number(DELAY));
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

/** The service of most tests: `deploy` keys are merged over its own. */
export function webService(version: string, deploy: { env?: object; [key: string]: unknown } = {}, more: object = {}) {
  return {
    source: { image: 'node:24' },
    deploy: {
      mode: 'standalone',
      servers: ['node-1'],
      command: ['node', '-e', program],
      health: { http: '/healthz', port: 3000, interval: '500ms', timeout: '1s', retries: 6, 'start-period': '1s' },
      drain: '1s',
      'stop-grace-period': '5s',
      timeout: '60s',
      update: { monitor: '1s' },
      ...deploy,
      env: { VERSION: version, ...deploy.env },
    },
    ...more,
  };
}

/** Asks the containers of a service on a host, each by its address, and returns what they say. */
export async function answers(host: Host, path = '/', filter = 'dev.drayage.service=web'): Promise<string[]> {
  const script = `for one in $(docker ps --quiet --filter label=${filter}); do
  ip=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}' $one | cut -d ' ' -f 1)
  exec 3<>/dev/tcp/$ip/3000; printf 'GET ${path} HTTP/1.0\\r\\n\\r\\n' >&3; sed '1,/^\\r$/d' <&3; echo; echo "--"
done`;
  const { stdout } = await host.exec(['bash', '-c', script]);
  return stdout.split('\n--\n').filter((part) => part !== '');
}

/** Names of a service's containers, running or not, with their state. */
export async function containers(host: Host): Promise<string[]> {
  const { stdout } = await host.exec(
    `docker ps --all --format '{{.Names}} {{.State}}' --filter label=dev.drayage.service`,
  );
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

/** Waits until `look` gives what `wanted` accepts. */
export async function until<T>(look: () => Promise<T>, wanted: (value: T) => boolean, patience = 15_000): Promise<T> {
  const deadline = Date.now() + patience;
  for (;;) {
    const value = await look();
    if (wanted(value)) return value;
    if (Date.now() > deadline) throw new Error(`Still ${JSON.stringify(value)} after ${patience} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
