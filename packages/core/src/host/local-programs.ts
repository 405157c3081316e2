import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ProgramName, ProgramRun, Programs } from '../programs.ts';
import type { Argv, Completed } from '../transport/server.ts';
import { type Environment, toolEnvironment, variable } from './environment.ts';
import { privateFolder } from './private-folder.ts';
import { hasReleases, releaseOf } from './tool-releases.ts';
import { programOnPath, toolPath } from './tools.ts';

/** Where people find what they must install themselves. */
const homes: Readonly<Record<ProgramName, string>> = {
  buildctl: 'https://github.com/moby/buildkit/releases (bin/buildctl of the archive for this machine)',
  cosign: 'https://github.com/sigstore/cosign/releases',
  trivy: 'https://github.com/aquasecurity/trivy/releases',
  docker: 'https://docs.docker.com/engine/install/',
};

/**
 * Programs on the machine that this process runs on.
 *
 * @param cwd Folder of the job.
 * @param summarize Takes Markdown for the summary of the job.
 */
export function localPrograms(
  env: Environment,
  cwd: string,
  summarize: (markdown: string) => void = () => undefined,
): Programs {
  return {
    path: (name) => pathOf(name, env),
    run: (argv, options) => runProgram(argv, env, { cwd, ...options }),
    variable: (name) => variable(env, name),
    folder: () => privateFolder(env),
    keep: async (name, content) => {
      const folder = join(cwd, '.drayage');
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, '.gitignore'), '*\n');
      await writeFile(join(folder, name), content);
      return `.drayage/${name}`;
    },
    summarize,
  };
}

async function pathOf(name: ProgramName, env: Environment): Promise<string> {
  const release = hasReleases(name) ? releaseOf(name, process.platform, process.arch) : undefined;
  return release === undefined ? programOnPath(name, homes[name], env) : toolPath(release, env);
}

/** What writing to a program that has ended fails with, by when it ended. */
const goneReader: ReadonlySet<unknown> = new Set(['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE']);

/** Characters of each stream. Nobody reads the beginning of what is longer. */
const longestOutput = 1_000_000;

/** With child_process, and not with @actions/exec, which cannot end what it started: a build or a scan takes minutes. */
function runProgram(
  [program, ...args]: Argv,
  env: Environment,
  { env: given, cwd, stdin, onOutput, signal }: ProgramRun,
): Promise<Completed> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...toolEnvironment(env), ...given },
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      signal,
      windowsHide: true,
    });
    const printed = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
        printed[name] = (printed[name] + chunk).slice(-longestOutput);
        onOutput?.(chunk);
      });
    }
    let fault: unknown;
    if (stdin !== undefined && child.stdin !== null) {
      pipeline(stdin, child.stdin).catch((error: unknown) => {
        // A program that ended before it had read everything says itself why.
        if (error instanceof Error && 'code' in error && goneReader.has(error.code)) return;
        fault = error;
        child.kill();
      });
    }
    child.once('error', (error) => reject(signal?.aborted === true ? signal.reason : error));
    child.once('close', (code) => (fault === undefined ? resolve({ ...printed, exitCode: code ?? 1 }) : reject(fault)));
  });
}
