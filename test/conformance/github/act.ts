import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { environmentNode } from '../../demo/drayage.ts';
import { type LogEntry, readLog } from './act-log.ts';
import type { LocalRepository } from './actions.ts';

/** What it takes to run workflows: the program, the actions they name, and a folder for all it writes. */
export interface Act {
  readonly program: string;
  readonly repositories: readonly LocalRepository[];
  readonly scratch: string;
}

export interface ActOptions {
  /** A git checkout with the workflow in it. */
  readonly checkout: string;
  readonly workflow: string;
  readonly event?: string;
  readonly payload?: object;
  readonly secrets: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly inputs?: Readonly<Record<string, string>>;
  /** What act does with secrets in its log: hides them as GitHub's runner does, or not, so that only Drayage hides anything. */
  readonly hidden?: boolean;
}

export interface ActRun {
  readonly code: number | null;
  /** Everything act printed, as it came. */
  readonly output: string;
  readonly entries: readonly LogEntry[];
  /** Folder of this run's artifacts: `<name>/<name>.zip`. */
  readonly artifacts: string;
}

/**
 * Runs a workflow on this machine itself, without containers, as a self-hosted runner does. Where act differs from
 * GitHub's runner is said beside the checks.
 */
export async function runAct(act: Act, options: ActOptions): Promise<ActRun> {
  const home = mkdtempSync(join(act.scratch, 'run-'));
  const write = (name: string, content: object): string => {
    writeFileSync(join(home, name), JSON.stringify(content));
    return join(home, name);
  };
  // act calls every run 1. Its artifact server panics when it lists the artifacts of a run that has none yet.
  const artifacts = join(home, 'artifacts', '1');
  mkdirSync(artifacts, { recursive: true });
  const argv = [
    options.event ?? 'push',
    ...['--directory', options.checkout, '--workflows', options.workflow],
    ...['--platform', 'ubuntu-24.04=-self-hosted'],
    ...act.repositories.flatMap(([reference, folder]) => ['--local-repository', `${reference}=${folder}`]),
    // YAML, of which JSON is a part: a .env file has no secrets of several lines.
    ...['--secret-file', write('secrets.yml', options.secrets)],
    ...Object.entries(options.inputs ?? {}).flatMap(([name, value]) => ['--input', `${name}=${value}`]),
    ...Object.entries(options.env ?? {}).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...(options.payload === undefined ? [] : ['--eventpath', write('event.json', options.payload)]),
    ...['--artifact-server-path', dirname(artifacts), '--artifact-server-addr', '127.0.0.1'],
    ...['--artifact-server-port', String(await freePort()), '--no-cache-server'],
    ...(options.hidden === true ? [] : ['--insecure-secrets']),
    // One line of JSON for each line of the log.
    ...['--json', '--actor', 'alice'],
  ];
  const child = spawn(act.program, argv, {
    cwd: options.checkout,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: runnerPath(), HOME: home, XDG_CACHE_HOME: join(home, 'cache'), LANG: 'C.UTF-8' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output, entries: readLog(output), artifacts };
}

/** The programs of the machine, as a runner has them: its Node.js, and not that of our development dependencies. */
function runnerPath(): string {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  return [dirname(environmentNode()), ...folders].join(delimiter);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}
