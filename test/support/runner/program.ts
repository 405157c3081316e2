import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ProgramOptions {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
}

/** A process that a step started. */
export class Program {
  readonly finished: Promise<number>;
  readonly #child: ChildProcess;

  constructor({ argv: [program, ...rest], cwd, env, onLine }: ProgramOptions) {
    const child = spawn(program, rest, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.#child = child;
    const lines = [child.stdout, child.stderr].map((input) => createInterface({ input }).on('line', onLine));
    const read = Promise.all(lines.map((each) => new Promise((settle) => each.on('close', settle))));
    this.finished = new Promise((settle, reject) => {
      child.on('error', reject);
      child.on('close', (code) => void read.then(() => settle(code ?? 137)));
    });
  }

  /** As if the machine had no memory left. */
  kill(): void {
    if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL');
  }

  /** As GitHub's runner ends a step: SIGINT, SIGTERM 7.5 s later, SIGKILL 2.5 s after that. */
  async cancel(): Promise<void> {
    const within = (milliseconds: number) =>
      Promise.race([this.finished.then(() => true), sleep(milliseconds, false, { ref: false })]);
    this.#child.kill('SIGINT');
    if (await within(7500)) return;
    this.#child.kill('SIGTERM');
    if (!(await within(2500))) this.kill();
  }
}
