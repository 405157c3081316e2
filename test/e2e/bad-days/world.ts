import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type CliProcess, type CliResult, source, startCli } from '../../demo/drayage.ts';
import type { Host } from '../../lab/host.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import type { Registry } from '../../lab/registry.ts';

/** drayage.yml as data; JSON is YAML, and tests change single keys of it. */
export interface Configuration {
  project: string;
  servers: Record<string, Record<string, unknown>>;
  registries: Record<string, Record<string, unknown>>;
  proxy?: Record<string, unknown>;
  services: Record<string, Service>;
}

export interface Service {
  source: Record<string, unknown>;
  build?: Record<string, unknown>;
  image?: string;
  deploy: Record<string, unknown>;
  domains?: Record<string, unknown>[];
}

/** One build server, one node and a registry, and a folder with an application whose first version may be deployed. */
export interface World extends AsyncDisposable {
  readonly lab: Lab;
  readonly builder: Host;
  readonly node: Host;
  readonly registry: Registry;
  readonly folder: string;
  configuration(): Configuration;
  /** Writes drayage.yml (or text as it is) and the application's files. */
  write(configuration: Configuration | string, files?: Readonly<Record<string, string>>): void;
  /** Runs the command line in the folder, with the key and the secrets a CI job has. */
  start(args: readonly string[], options?: RunOptions): CliProcess;
  run(args: readonly string[], options?: RunOptions): Promise<CliResult>;
  /** Everything on the servers that a user would miss or not want: see Traces. */
  traces(): Promise<Traces>;
  /** What the service answers through the proxy. */
  answer(path?: string): Promise<string>;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** A process group of its own, under a script that ends with `exec`, as the composite actions run it. */
  readonly asStep?: boolean;
}

/** The state of both servers, as sorted lines that tests compare before and after. */
export interface Traces {
  /** Containers that run, with image and start time. */
  readonly running: readonly string[];
  /** Stopped containers, networks, volumes. */
  readonly others: readonly string[];
  /** Deployment records, the proxy's files and stored secrets; locks and logs left out. */
  readonly state: readonly string[];
  /** Processes of remote jobs. */
  readonly jobs: readonly string[];
}

/** A web server of 1 MB; `VERSION` is what /version.txt answers. */
export const application: Readonly<Record<string, string>> = {
  Dockerfile: `FROM busybox:1.37.0
ARG VERSION=one
RUN mkdir /www && echo ok >/www/healthz && echo $VERSION >/www/version.txt
CMD ["httpd", "-f", "-p", "3000", "-h", "/www"]
`,
  '.dockerignore': 'drayage.yml\n',
};

export async function startWorld(name: string): Promise<World> {
  const lab = await startLab({ name });
  const folder = mkdtempSync(join(tmpdir(), `drayage-${name}-`));
  const dispose = async (): Promise<void> => {
    await lab.stop();
    rmSync(folder, { recursive: true, force: true });
    rmSync(`${folder}.sh`, { force: true });
  };
  try {
    const [builder, node, registry] = await Promise.all([
      lab.host('builder', { docker: true }),
      lab.host('node', { docker: true }),
      lab.registry(),
    ]);
    return { ...world(lab, folder, builder, node, registry), [Symbol.asyncDispose]: dispose };
  } catch (cause) {
    await dispose();
    throw cause;
  }
}

function world(
  lab: Lab,
  folder: string,
  builder: Host,
  node: Host,
  registry: Registry,
): Omit<World, keyof AsyncDisposable> {
  const start: World['start'] = (args, { env = {}, asStep = false } = {}) => {
    const script = join(tmpdir(), `${basename(folder)}.sh`);
    if (asStep) writeFileSync(script, `exec '${process.execPath}' '${source}' ${args.join(' ')}\n`);
    return startCli(asStep ? [] : args, {
      cwd: folder,
      node: asStep ? '/bin/bash' : process.execPath,
      program: asStep ? script : source,
      detached: asStep,
      env: { DRAYAGE_SSH_KEY: node.privateKey, DRAYAGE_SECRET_REGISTRY_PASSWORD: registry.password, ...env },
    });
  };
  return {
    lab,
    builder,
    node,
    registry,
    folder,
    configuration: () => configuration(builder, node, registry),
    write: (content, files = application) => {
      const text = typeof content === 'string' ? content : JSON.stringify(content, null, 2);
      for (const [path, body] of Object.entries({ ...files, 'drayage.yml': text })) {
        const file = join(folder, path);
        // A run that is reading the folder must not meet a file that is being written again for nothing.
        if (existsSync(file) && readFileSync(file, 'utf8') === body) continue;
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, body);
      }
    },
    start,
    run: (args, options) => start(args, options).finished,
    traces: async () => merge(await Promise.all([builder, node].map(tracesOf))),
    answer: (path = '/version.txt') => ask(node.address, path),
  };
}

function ask(address: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(
      { host: address, path, headers: { host: 'shop.example.com' }, agent: false, timeout: 5_000 },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk;
        });
        response.once('end', () => {
          if (response.statusCode === 200) resolve(body.trim());
          else reject(new Error(`The service answered ${response.statusCode} to ${path}: ${body}`));
        });
      },
    );
    request.once('timeout', () => request.destroy(new Error('The service did not answer within 5 s.')));
    request.once('error', reject);
  });
}

function configuration(builder: Host, node: Host, registry: Registry): Configuration {
  const server = (host: Host, role: string) => ({
    host: host.address,
    user: host.user,
    role,
    'host-key': host.hostKey,
    'docker-source': 'distribution',
  });
  return {
    project: 'shop',
    servers: { builder: server(builder, 'build'), node: server(node, 'deploy') },
    registries: {
      [registry.host]: { username: registry.username, password: '${{ secrets.REGISTRY_PASSWORD }}', insecure: true },
    },
    proxy: { type: 'caddy', servers: ['node'] },
    services: {
      web: {
        source: { path: '.' },
        build: { servers: ['builder'], args: { VERSION: 'one' } },
        image: `${registry.host}/acme/web`,
        deploy: {
          mode: 'standalone',
          servers: ['node'],
          health: { http: '/healthz', port: 3000, interval: '500ms', timeout: '1s', retries: 4, 'start-period': '1s' },
          'stop-grace-period': '1s',
          drain: '1s',
        },
        domains: [{ host: 'shop.example.com', port: 3000, https: false, certificate: 'none' }],
      },
    },
  };
}

const probe = `
docker ps --no-trunc --format 'running {{.ID}} {{.Image}}'
docker service ls --quiet 2>/dev/null | xargs -r docker service inspect --format 'running service {{.ID}} {{.Version.Index}}'
docker ps --all --filter status=created --filter status=exited --filter status=dead --format 'other container {{.Names}}'
docker network ls --format 'other network {{.Name}}'
docker volume ls --format 'other volume {{.Name}}'
find /var/lib/drayage/deployments /var/lib/drayage/proxy /var/lib/drayage/secrets -type f ! -name '*lock*' ! -name '*.log' -exec sha256sum {} + 2>/dev/null | sed 's/^/state /'
ps -eo args= | grep -E 'docker (build|buildx|push|pull)|DRAYAGE_JOB|/run/drayage/|now building' | grep -v grep | sed 's/^/job /'
exit 0`;

async function tracesOf(host: Host): Promise<Traces> {
  const { stdout } = await host.exec(probe);
  const lines = stdout.split('\n').filter(Boolean).sort();
  const of = (kind: string): string[] =>
    lines.filter((line) => line.startsWith(`${kind} `)).map((line) => `${host.name}: ${line.slice(kind.length + 1)}`);
  return { running: of('running'), others: of('other'), state: of('state'), jobs: of('job') };
}

function merge(all: readonly Traces[]): Traces {
  const of = (pick: (traces: Traces) => readonly string[]): string[] => all.flatMap(pick);
  return {
    running: of(({ running }) => running),
    others: of(({ others }) => others),
    state: of(({ state }) => state),
    jobs: of(({ jobs }) => jobs),
  };
}
