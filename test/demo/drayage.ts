import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The bundle a user downloads, and the source it is made from. */
export const bundle = join(root, 'dist', 'drayage.cjs');
export const source = join(root, 'packages', 'cli', 'src', 'main.ts');

/** The Node.js a user of this machine has: the first on PATH that is not one of our development dependencies. */
export function environmentNode(): string {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  const found = folders.map((folder) => join(folder, 'node')).find((file) => existsSync(file));
  return found ?? process.execPath;
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The Node.js that runs it and the program: the bundle on the environment's Node.js by default. */
  readonly node?: string;
  readonly program?: string;
  /** Called with each whole line of either stream. */
  readonly onLine?: (line: string) => void;
  /** A process group of its own, so that a signal can be sent to it alone or to all of it. */
  readonly detached?: boolean;
}

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams as they arrived. */
  readonly output: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Milliseconds. */
  readonly duration: number;
  /** Most memory it ever held, in bytes. */
  readonly peakMemory: number;
}

export interface CliProcess {
  readonly child: ChildProcess;
  readonly finished: Promise<CliResult>;
  /** Resolves when a line matches; rejects when the process ends without one. */
  seen(pattern: RegExp): Promise<string>;
}

/** Runs Drayage's command line the way a user does. Nothing of this process's environment but PATH and HOME reaches it. */
export function startCli(args: readonly string[], options: CliOptions): CliProcess {
  const startedAt = Date.now();
  const node = options.node ?? environmentNode();
  const child = spawn(node, [options.program ?? bundle, ...args], {
    cwd: options.cwd,
    detached: options.detached ?? false,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', HOME: options.cwd, ...options.env },
  });
  const texts = { stdout: '', stderr: '', output: '' };
  const lines: string[] = [];
  const watchers = new Set<(line: string) => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    let rest = '';
    const emit = (line: string): void => {
      lines.push(line);
      options.onLine?.(line);
      for (const watcher of watchers) watcher(line);
    };
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      texts[name] += chunk;
      texts.output += chunk;
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) emit(part);
    });
    child[name].on('end', () => rest !== '' && emit(rest));
  }
  let peakMemory = 0;
  // The kernel keeps the most there ever was. Reading it often would take from the process what it is measured for.
  const meter = setInterval(() => {
    peakMemory = Math.max(peakMemory, highWater(child.pid));
  }, 100);
  const finished = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearInterval(meter);
      resolve({ code, signal, ...texts, startedAt, duration: Date.now() - startedAt, peakMemory });
    });
  });
  const seen = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const past = lines.find((line) => pattern.test(line));
      if (past !== undefined) return resolve(past);
      const watcher = (line: string): void => {
        if (!pattern.test(line)) return;
        watchers.delete(watcher);
        resolve(line);
      };
      watchers.add(watcher);
      child.once('close', () => reject(new Error(`Drayage ended without a line like ${pattern}:\n${texts.output}`)));
    });
  return { child, finished, seen };
}

export function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return startCli(args, options).finished;
}

/** The kernel's own record of the most memory a living process held. */
function highWater(pid: number | undefined): number {
  try {
    const [, kilobytes = '0'] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) * 1024;
  } catch {
    return 0;
  }
}
