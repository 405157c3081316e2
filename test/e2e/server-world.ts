import { loadProject } from '../../packages/core/src/config/load.ts';
import type { Project, ServiceSpec } from '../../packages/core/src/config/model.ts';
import type { Context } from '../../packages/core/src/context.ts';
import type { Report } from '../../packages/core/src/report/report.ts';
import { connect } from '../../packages/core/src/transport/connect.ts';
import type { Server } from '../../packages/core/src/transport/server.ts';
import type { Host } from '../lab/host.ts';

/** What functions of the pipeline are called with, for hosts of the lab and an account on them. */
export interface ServerRun extends AsyncDisposable {
  readonly context: Context;
  /** Everything that was printed, in order. */
  readonly lines: string[];
}

let runs = 0;

export function startRun(hosts: readonly Host[], user = 'root'): ServerRun {
  const lines: string[] = [];
  const connections = new Map<string, Promise<Server>>();
  const report = recordInto(lines);
  const open = (name: string): Promise<Server> => {
    const host = hosts.find((candidate) => candidate.name === name);
    if (host === undefined) throw new Error(`The lab has no host ${name}.`);
    const { address, port, privateKey, hostKey } = host;
    return connect(
      { name, host: address, port, user, auth: { privateKey }, hostKey, hostKeyPolicy: 'strict' },
      { report },
    );
  };
  return {
    lines,
    context: {
      report,
      signal: new AbortController().signal,
      run: { id: `test-${process.pid}-${++runs}`, who: `test ${runs}` },
      connect: (name) => {
        const connection = connections.get(name) ?? open(name);
        connections.set(name, connection);
        return connection;
      },
    },
    [Symbol.asyncDispose]: async () => {
      const opened = await Promise.allSettled(connections.values());
      for (const one of opened) if (one.status === 'fulfilled') await one.value[Symbol.asyncDispose]();
    },
  };
}

/** The project of a drayage.yml with these keys, read by the program's own loader. */
export async function readProject(content: object): Promise<Project> {
  const { project } = await loadProject({
    text: JSON.stringify({ project: 'shop', ...content }),
    file: 'drayage.yml',
    environment: 'production',
    secrets: {},
    env: {},
    git: {},
    readFile: () => Promise.reject(new Error('No file is named.')),
  });
  return project;
}

export function serviceOf(project: Project, name = 'web'): ServiceSpec {
  const service = project.services.find((candidate) => candidate.name === name);
  if (service === undefined) throw new Error(`The project has no service ${name}.`);
  return service;
}

function recordInto(lines: string[]): Report {
  return {
    phases: [],
    phase: async (title, work) => {
      lines.push(title);
      return work({ output: (chunk) => lines.push(...chunk.split('\n')), note: (line) => lines.push(line) });
    },
    note: (line) => lines.push(line),
    warn: (message) => lines.push(`warning: ${message}`),
    mask: () => undefined,
  };
}

/** Prints a value that changes whenever the engine's process is another one. */
export async function engineProcess(host: Host): Promise<string> {
  return (await host.exec('cut -d" " -f22 /proc/$(cat /run/docker.pid)/stat')).stdout.trim();
}
