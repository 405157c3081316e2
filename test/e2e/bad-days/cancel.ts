import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CliProcess, CliResult } from '../../demo/drayage.ts';
import type { World } from './world.ts';

export interface Cancelled {
  readonly result: CliResult;
  /** Milliseconds from the first signal until the process was gone. */
  readonly took: number;
}

/**
 * What GitHub's runner does when a job is cancelled: SIGINT to the process it started and to nobody else, SIGTERM
 * 7.5 s later, SIGKILL to the whole tree 2.5 s after that.
 */
export async function cancelAsGitHub({ child, finished }: CliProcess): Promise<Cancelled> {
  const startedAt = Date.now();
  const ended = finished.then(() => true);
  const within = (milliseconds: number): Promise<boolean> => Promise.race([ended, sleep(milliseconds, false)]);
  child.kill('SIGINT');
  if (!(await within(7_500))) {
    child.kill('SIGTERM');
    if (!(await within(2_500))) process.kill(-(child.pid ?? 0), 'SIGKILL');
  }
  const result = await finished;
  return { result, took: Date.now() - startedAt };
}

/** The out-of-memory killer, or a runner that loses its machine. */
export async function killAtOnce({ child, finished }: CliProcess): Promise<CliResult> {
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  return finished;
}

/** Waits until no remote work is left; returns the milliseconds that took, or throws after `patience`. */
export async function untilIdle(world: World, patience: number): Promise<number> {
  const startedAt = Date.now();
  for (;;) {
    const { jobs } = await world.traces();
    const took = Date.now() - startedAt;
    if (jobs.length === 0) return took;
    if (took > patience) throw new Error(`Remote work still runs after ${took} ms:\n${jobs.join('\n')}`);
    await sleep(200);
  }
}

/** Stops and continues a process, as a laptop that sleeps or a machine that is moved. */
export function freeze(run: CliProcess): () => void {
  const pid = String(run.child.pid);
  spawn('kill', ['-STOP', pid]);
  return () => spawn('kill', ['-CONT', pid]);
}
