import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadProject } from '../../../packages/core/src/config/load.ts';
import type { Project } from '../../../packages/core/src/config/model.ts';
import { localPrograms } from '../../../packages/core/src/host/local-programs.ts';
import type { Programs } from '../../../packages/core/src/programs.ts';
import { source as program } from '../../demo/drayage.ts';
import type { Host } from '../../lab/host.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import type { Registry } from '../../lab/registry.ts';
import { tool } from '../tools/tool.ts';

/** A pair of keys as cosign makes them. */
export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
  readonly password: string;
}

export interface Shown {
  readonly code: number | null;
  /** Both streams. */
  readonly text: string;
}

/** A server that builds and deploys, registries, and a machine with trivy and cosign on its PATH. */
export interface TrustWorld extends AsyncDisposable {
  readonly lab: Lab;
  readonly vps: Host;
  readonly plain: Registry;
  readonly tls: Registry;
  readonly folder: string;
  readonly keys: { readonly ours: KeyPair; readonly theirs: KeyPair };
  write(files: Readonly<Record<string, string>>): void;
  /** Writes drayage.yml with these services. */
  configure(services: object, more?: object): void;
  drayage(argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<Shown>;
  /** drayage.yml as the functions below the command line take it. */
  project(): Promise<Project>;
  programs(): Programs;
  cosign(argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<void>;
  /** What tools have left behind on this machine. */
  leftovers(): readonly string[];
}

const execute = promisify(execFile);

/** What is missing for these tests; undefined where nothing is. */
export async function missing(): Promise<string | undefined> {
  for (const name of ['trivy', 'cosign'] as const) {
    if ((await tool(name)) === undefined) return `${name} cannot be installed here`;
  }
  return undefined;
}

export async function startTrustWorld(name: string): Promise<TrustWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'trust-work-'));
  const temporary = join(folder, 'tmp');
  const bin = join(folder, 'bin');
  for (const made of [temporary, bin, join(folder, 'home')]) mkdirSync(made);
  for (const program of ['trivy', 'cosign'] as const) symlinkSync((await tool(program)) ?? '', join(bin, program));
  const cosign = join(bin, 'cosign');
  const databases = join(folder, 'databases');
  const lab = await startLab({ name: `${name}-${process.pid}`, log: () => undefined });
  const [plain, tls, vps, ours, theirs] = await Promise.all([
    lab.registry(),
    lab.registry({ tls: true }),
    lab.host('vps', { docker: true }),
    keyPair(cosign, folder, 'ours'),
    keyPair(cosign, folder, 'theirs'),
    execute('go', ['run', '-mod=mod', '.', databases], { cwd: join(import.meta.dirname, 'vulnerabilities') }),
  ]);
  const env = {
    PATH: `${bin}:${process.env.PATH}`,
    HOME: join(folder, 'home'),
    TMPDIR: temporary,
    RUNNER_TEMP: temporary,
    TRIVY_CACHE_DIR: databases,
    // The real one cannot be had everywhere; this one is ours.
    TRIVY_SKIP_DB_UPDATE: 'true',
    DRAYAGE_SSH_KEY: vps.privateKey,
    DRAYAGE_SECRET_REGISTRY: plain.password,
    DRAYAGE_SECRET_REGISTRY_TLS: tls.password,
    DRAYAGE_SECRET_COSIGN_KEY: ours.privateKey,
    DRAYAGE_SECRET_COSIGN_PASSWORD: ours.password,
  };
  const write = (files: Readonly<Record<string, string>>) => {
    for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content);
  };
  const secrets = Object.fromEntries(
    Object.entries(env).flatMap(([key, value]) => {
      const [, secret] = /^DRAYAGE_SECRET_(.+)$/.exec(key) ?? [];
      return secret === undefined ? [] : [[secret, value]];
    }),
  );
  let text = '';
  return {
    lab,
    vps,
    plain,
    tls,
    folder,
    keys: { ours, theirs },
    write,
    configure: (services, more = {}) => {
      const { address: host, port, user, hostKey } = vps;
      const server = { host, port, user, role: 'both', 'host-key': hostKey, 'docker-source': 'distribution' };
      text = JSON.stringify({
        project: 'shop',
        servers: { vps: server },
        registries: {
          [plain.host]: { username: plain.username, password: '${{ secrets.REGISTRY }}', insecure: true },
          [tls.host]: { username: tls.username, password: '${{ secrets.REGISTRY_TLS }}', ca: tls.ca },
          ...more,
        },
        services,
      });
      write({ 'drayage.yml': text });
    },
    drayage: (argv, more = {}) => run([process.execPath, program, ...argv], folder, { ...env, ...more }),
    project: async () => (await loadProject({ text, file: 'drayage.yml', secrets })).project,
    programs: () => localPrograms(env, folder),
    cosign: async (argv, more = {}) => {
      await execute(cosign, argv, { env: { ...env, ...more } });
    },
    leftovers: () => readdirSync(temporary),
    [Symbol.asyncDispose]: async () => {
      await lab.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function keyPair(cosign: string, folder: string, name: string): Promise<KeyPair> {
  const { readFileSync } = await import('node:fs');
  const password = `password-of-${name}`;
  const prefix = join(folder, name);
  await execute(cosign, ['generate-key-pair', `--output-key-prefix=${prefix}`], {
    env: { ...process.env, COSIGN_PASSWORD: password },
  });
  const privateKey = readFileSync(`${prefix}.key`, 'utf8');
  rmSync(`${prefix}.key`);
  return { privateKey, publicKey: readFileSync(`${prefix}.pub`, 'utf8'), password };
}

function run(argv: readonly [string, ...string[]], cwd: string, env: Record<string, string>): Promise<Shown> {
  const [file, ...args] = argv;
  const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
  return new Promise((settle) => child.on('close', (code) => settle({ code, text })));
}

/** A Dockerfile whose image has these packages of Alpine installed, as far as its package database says, and serves until it is stopped. */
export function imageWith(packages: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(packages).map(
    ([name, version]) =>
      `P:${name}\nV:${version}\nA:x86_64\nS:1\nI:1\nT:made up\nU:https://example.com\nL:MIT\no:${name}\n`,
  );
  return {
    Dockerfile: `FROM busybox:1.37.0
COPY alpine-release /etc/alpine-release
COPY installed /lib/apk/db/installed
CMD ["sleep", "100000"]
`,
    '.dockerignore': '*\n!alpine-release\n!installed\n',
    'alpine-release': '3.20.0\n',
    installed: `${entries.join('\n')}\n`,
  };
}
