import { mkdirSync, mkdtempSync, promises, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadProject } from '../../packages/core/src/config/load.ts';
import type { Project } from '../../packages/core/src/config/model.ts';
import type { GitFacts } from '../../packages/core/src/config/scope.ts';
import type { Context } from '../../packages/core/src/context.ts';
import type { Phase, Report } from '../../packages/core/src/report/report.ts';
import { connect } from '../../packages/core/src/transport/connect.ts';
import type { Server } from '../../packages/core/src/transport/server.ts';
import type { Host } from '../lab/host.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import type { Registry } from '../lab/registry.ts';
import { type Relay, startRelay } from '../lab/relay.ts';

/** A build server with a registry, and a folder with sources. */
export interface BuildWorld extends AsyncDisposable {
  readonly lab: Lab;
  readonly builder: Host;
  readonly registry: Registry;
  /** Between every run and the builder's sshd. */
  readonly relay: Relay;
  readonly folder: string;
  write(files: Readonly<Record<string, string>>): void;
  remove(file: string): void;
  /** A project with this service `web`, as drayage.yml in the folder would give it. */
  project(web: object, more?: ProjectOptions): Promise<Project>;
  /** A run of its own, with its own connection. */
  newRun(): Run;
}

export interface ProjectOptions {
  readonly name?: string;
  readonly secrets?: Record<string, string>;
  readonly registries?: object;
  readonly git?: GitFacts;
  /** Further keys of the build server. */
  readonly builder?: object;
}

export interface Run extends AsyncDisposable {
  readonly context: Context;
  /** Everything that was printed, and the phases' titles with `>`. */
  readonly lines: string[];
  /** Resolves when a line was printed that holds this text. */
  printed(text: string): Promise<void>;
  cancel(): void;
}

export async function startBuildWorld(name: string): Promise<BuildWorld> {
  const lab = await startLab({ name: `${name}-${process.pid}`, log: () => undefined });
  const [registry, builder] = await Promise.all([lab.registry(), lab.host('builder', { docker: true })]);
  const relay = await startRelay({ host: builder.address, port: builder.port });
  const folder = mkdtempSync(join(tmpdir(), 'drayage-build-'));
  return {
    lab,
    builder,
    registry,
    relay,
    folder,
    write: (files) => {
      for (const [file, content] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, file)), { recursive: true });
        writeFileSync(join(folder, file), content);
      }
    },
    remove: (file) => rmSync(join(folder, file), { recursive: true }),
    project: async (
      web,
      { name: project = 'shop', secrets = {}, registries = {}, git = {}, builder: keys = {} } = {},
    ) => {
      const { host, username, password } = registry;
      const text = JSON.stringify({
        project,
        servers: {
          builder: { host: builder.address, role: 'build', ...keys },
          node: { host: '192.0.2.1', role: 'deploy' },
        },
        registries: { [host]: { username, password, insecure: true }, ...registries },
        services: { web },
      });
      const readFile = (name: string) => promises.readFile(join(folder, name), 'utf8');
      const options = { text, file: join(folder, 'drayage.yml'), secrets, git, readFile };
      return (await loadProject(options)).project;
    },
    newRun: () => startRun(builder, relay),
    [Symbol.asyncDispose]: async () => {
      await relay.close();
      await lab.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

let runs = 0;

function startRun(builder: Host, relay: Relay): Run {
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const add = (line: string) => {
    lines.push(line);
    for (const look of waiting) look();
  };
  const cancelled = new AbortController();
  const report = recordInto(add);
  let connection: Promise<Server> | undefined;
  const context: Context = {
    report,
    signal: cancelled.signal,
    run: { id: `test-${process.pid}-${++runs}`, who: `test ${runs}` },
    connect: (name) => {
      const { user, privateKey, hostKey } = builder;
      const target = {
        name,
        host: relay.host,
        port: relay.port,
        user,
        auth: { privateKey },
        hostKey,
        hostKeyPolicy: 'strict',
      } as const;
      connection ??= connect(target, { report });
      return connection;
    },
  };
  return {
    context,
    lines,
    printed: (text) =>
      new Promise((resolve) => {
        const look = () => {
          if (!lines.some((line) => line.includes(text))) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    cancel: () => cancelled.abort(),
    [Symbol.asyncDispose]: async () => {
      await (await connection)?.[Symbol.asyncDispose]();
    },
  };
}

function recordInto(add: (line: string) => void): Report {
  const phase: Phase = { output: (chunk) => add(chunk), note: add };
  return {
    phases: [],
    phase: async (title, work) => {
      add(`> ${title}`);
      return await work(phase);
    },
    note: add,
    warn: (message) => add(`warning: ${message}`),
    mask: () => undefined,
  };
}

/**
 * Everything on the builder that a job may have left: its folders on tmpfs, build clients, and text in its state. What containerd keeps of containers that run is
 * none of it.
 */
export async function leftovers(builder: Host, secrets: readonly string[] = []): Promise<string> {
  const script = `find /run/drayage/0/jobs /run/drayage/0/uploads -mindepth 1 -maxdepth 1 2>/dev/null
ps -eo args | grep -E '[b]uildx|[d]ocker (push|build)' || true
find /var/lib/drayage /run /tmp /root -name incoming -o -name config.json -o -name 'git-*' -not -path '*/proc/*' 2>/dev/null | grep -v '/io.containerd.runtime' || true
${secrets.map((secret) => `grep -rlsF -e '${secret}' /var/lib/drayage /run/drayage /root /tmp || true`).join('\n')}`;
  return (await builder.exec(script)).stdout.trim();
}
