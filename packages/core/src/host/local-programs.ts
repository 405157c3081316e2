import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { PrivateFolder, ProgramName, ProgramRun, Programs } from '../programs.ts';
import { type Environment, variable } from './environment.ts';
import { programOnPath } from './tools.ts';

/** Where people find what they must install themselves. */
const homes: Readonly<Record<ProgramName, string>> = {
  buildctl: 'https://github.com/moby/buildkit/releases (bin/buildctl of the archive for this machine)',
  docker: 'https://docs.docker.com/engine/install/',
};

export function localPrograms(env: Environment, cwd: string): Programs {
  return {
    path: (name) => programOnPath(name, homes[name], env),
    run: (argv, options) => runProgram(argv, env, { cwd, ...options }),
    folder: () => privateFolder(variable(env, 'RUNNER_TEMP') ?? tmpdir()),
  };
}

/** Secrets of Drayage are not the business of other programs; everything else they may have settings in. */
function environmentFor(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !/^(?:DRAYAGE_|INPUT_)/i.test(entry[0]),
    ),
  );
}

/** Not with @actions/exec, which cannot end what it started: a build takes minutes. */
function runProgram(
  [program, ...args]: readonly [string, ...string[]],
  env: Environment,
  { env: given, cwd, stdin, onOutput, signal }: ProgramRun,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...environmentFor(env), ...given },
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      signal,
      windowsHide: true,
    });
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => onOutput?.(chunk));
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => onOutput?.(chunk));
    let fault: unknown;
    if (stdin !== undefined && child.stdin !== null) {
      pipeline(stdin, child.stdin).catch((error: unknown) => {
        // A program that ended before it had read everything says itself why.
        if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return;
        fault = error;
        child.kill();
      });
    }
    child.once('error', (error) => reject(signal?.aborted === true ? signal.reason : error));
    child.once('close', (code) => (fault === undefined ? resolve(code ?? 1) : reject(fault)));
  });
}

async function privateFolder(parent: string): Promise<PrivateFolder> {
  // Of mode 0700.
  const path = await mkdtemp(join(parent, 'drayage-'));
  // Where the process is told to end at once, nobody disposes of anything.
  const sweep = () => rmSync(path, { recursive: true, force: true });
  process.once('exit', sweep);
  return {
    path,
    write: async (name, content) => {
      const file = join(path, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content, { mode: 0o600 });
      return file;
    },
    [Symbol.asyncDispose]: async () => {
      process.removeListener('exit', sweep);
      await rm(path, { recursive: true, force: true });
    },
  };
}
