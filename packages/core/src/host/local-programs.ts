import { spawn } from 'node:child_process';
import { pipeline } from 'node:stream/promises';
import type { ProgramName, ProgramRun, Programs } from '../programs.ts';
import { type Environment, toolEnvironment } from './environment.ts';
import { privateFolder } from './private-folder.ts';
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
    folder: () => privateFolder(env),
  };
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
      env: { ...toolEnvironment(env), ...given },
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
