import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DrayageError } from '../errors/drayage-error.ts';
import type { Argv, Completed } from '../transport/server.ts';
import type { ToolRun, TrustTools } from '../trust/tools.ts';
import { type Environment, toolEnvironment, variable } from './environment.ts';
import { privateFolder } from './private-folder.ts';
import { releaseOf } from './tool-releases.ts';
import { toolPath } from './tools.ts';

export interface LocalToolsOptions {
  readonly env: Environment;
  readonly cwd: string;
  /** Takes Markdown for the summary of the job. */
  readonly summarize: (markdown: string) => void;
}

/** Programs on this machine that other people made, for images that are scanned and signed. */
export function localTools({ env, cwd, summarize }: LocalToolsOptions): TrustTools {
  return {
    path: (name) => {
      const release = releaseOf(name, process.platform, process.arch);
      if (release !== undefined) return toolPath(release, env);
      throw new DrayageError(
        'TOOL_MISSING',
        `There is no release of ${name} for ${process.platform} on ${process.arch}; this step needs it.`,
      );
    },
    run: (argv, options) => runTool(argv, env, cwd, options),
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

/** With child_process, and not with @actions/exec, which cannot end what it started: a scan takes minutes. */
function runTool(
  [program, ...args]: Argv,
  env: Environment,
  cwd: string,
  { env: given, signal }: ToolRun = {},
): Promise<Completed> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...toolEnvironment(env), ...given },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
      windowsHide: true,
    });
    const printed = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        // Nobody reads the beginning of what is longer.
        printed[name] = (printed[name] + chunk).slice(-longestOutput);
      });
    }
    child.once('error', (error) => reject(signal?.aborted === true ? signal.reason : error));
    child.once('close', (code) => resolve({ ...printed, exitCode: code ?? 1 }));
  });
}

/** Characters of each stream. */
const longestOutput = 1_000_000;
