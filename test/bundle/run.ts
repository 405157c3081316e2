import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The Node.js versions at hand: the pinned one of the tooling, and the machine's own, which may be older. */
export const nodes = [process.execPath, '/usr/bin/node', '/usr/local/bin/node'].filter(
  (path, index, all) => existsSync(path) && all.indexOf(path) === index,
);

/** Starts a bundle as a runner would: nothing of this process's environment but what a program needs. */
export function start(node: string, bundle: string, args: readonly string[], given: StartOptions): Promise<Ended> {
  return startFile(node, resolve('dist', bundle), args, given);
}

/** The same for a file that is not in dist/. */
export function startFile(node: string, file: string, args: readonly string[], given: StartOptions): Promise<Ended> {
  const child = spawn(node, [file, ...args], {
    cwd: given.cwd,
    env: { PATH: process.env.PATH, HOME: given.cwd, ...given.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  return new Promise((settle, reject) => {
    child.on('error', reject);
    child.on('close', (code) => settle({ code, stdout, stderr }));
  });
}

export interface StartOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}
