import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** How a program that other people wrote comes to this machine: by its ordinary client, in a pinned version, once. */
export interface Recipe {
  readonly name: string;
  readonly version: string;
  /** The client that installs it. Without it the program cannot be had. */
  readonly client: 'go' | 'npm' | 'pip3' | 'cargo';
  /** Where the program, or the folder of programs, is below the folder it was installed into. */
  readonly program: string;
  readonly install: (
    folder: string,
    run: (argv: readonly [string, ...string[]], env?: NodeJS.ProcessEnv) => Promise<void>,
  ) => Promise<void>;
}

export interface Installed {
  /** Absolute path of `Recipe.program`. */
  readonly path: string;
  /** Seconds it took to install; undefined: it was there. */
  readonly seconds: number | undefined;
}

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'drayage-tools');

/** Installs the program unless it is there. undefined where its client is not on this machine. */
export async function installed({ name, version, client, program, install }: Recipe): Promise<Installed | undefined> {
  const folder = join(cache, `${name}-${version}`);
  const path = join(folder, program);
  if (existsSync(path)) return { path, seconds: undefined };
  if (!(await runs(client, client === 'go' ? 'version' : '--version'))) return undefined;
  const startedAt = performance.now();
  // Beside its place first: what was interrupted must not look installed.
  const unfinished = `${folder}.${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  await install(unfinished, async ([file, ...args], env) => {
    await promisify(execFile)(file, args, { cwd: unfinished, env: { ...process.env, ...env }, maxBuffer: 1 << 26 });
  });
  if (!existsSync(join(unfinished, program))) throw new Error(`Installing ${name} ${version} left no ${program}.`);
  // Another process may have been quicker; what it uses by now stays.
  if (existsSync(path)) rmSync(unfinished, { recursive: true });
  else {
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
  }
  return { path, seconds: (performance.now() - startedAt) / 1000 };
}

async function runs(program: string, argument: string): Promise<boolean> {
  return promisify(execFile)(program, [argument]).then(
    () => true,
    () => false,
  );
}
