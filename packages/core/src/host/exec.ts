import { getExecOutput } from '@actions/exec';
import type { Argv, Completed } from '../transport/server.ts';

export interface LocalOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** Runs a program on this machine, without a shell. Any exit status resolves; a program that is absent rejects. */
export async function runHere([program, ...args]: Argv, options: LocalOptions = {}): Promise<Completed> {
  const { stdin, cwd, env } = options;
  const output = await getExecOutput(program, args, {
    silent: true,
    ignoreReturnCode: true,
    cwd,
    env: env === undefined ? undefined : { ...env },
    input: stdin === undefined ? undefined : Buffer.from(stdin),
  });
  return { stdout: output.stdout, stderr: output.stderr, exitCode: output.exitCode };
}
