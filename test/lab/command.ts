import { spawn, spawnSync } from 'node:child_process';

/** A fault of the lab or of the machine it runs on; the message is one sentence for the person at the keyboard. */
export class LabError extends Error {
  override name = 'LabError';
}

export interface RunOptions {
  /** Text or bytes written to standard input, which is closed afterwards. */
  stdin?: string | Uint8Array;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Milliseconds until the command is killed. */
  timeout?: number;
  /** When false, a non-zero exit code is returned instead of thrown. */
  check?: boolean;
  /** Stands for the command in the error message. */
  label?: string;
  /** Called with each piece of output as it arrives. */
  onOutput?: (text: string) => void;
}

export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program without a shell and collects its output. Throws LabError on a non-zero exit unless `check` is false. */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [program = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      timeout: options.timeout,
      killSignal: 'SIGKILL',
      stdio: 'pipe',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      options.onOutput?.(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      options.onOutput?.(text);
    });
    child.on('error', (cause) =>
      reject(new LabError(`The lab could not start ${program}: ${cause.message}.`, { cause })),
    );
    child.on('close', (exit, signal) => {
      const code = exit ?? 128;
      if (code === 0 || options.check === false) resolve({ code, stdout, stderr });
      else reject(new LabError(describeFailure(options.label ?? argv.join(' '), signal ?? code, stderr || stdout)));
    });
    // A program may exit before it has read its input; its exit code tells the story then.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin ?? '');
  });
}

/** The same, blocking: for the moments when the process is about to end. Never throws. */
export function runSync(argv: readonly string[], stdin = ''): RunResult {
  const [program = '', ...args] = argv;
  const result = spawnSync(program, args, { input: stdin, encoding: 'utf8' });
  return { code: result.status ?? 128, stdout: result.stdout ?? '', stderr: result.stderr ?? '' };
}

function describeFailure(command: string, end: string | number, output: string): string {
  const shown = command.length > 300 ? `${command.slice(0, 297)}…` : command;
  const tail = output.trim().split('\n').slice(-15).join('\n');
  return `The command "${shown}" ended with ${typeof end === 'number' ? `exit code ${end}` : end}:\n${tail}`;
}
