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

/** Waits until a container runs on the node that is not in `known`: the new version beside the old one. */
export async function untilStarted(world: World, known: readonly string[]): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(100)) {
    const { running } = await world.traces();
    if (running.some((line) => !known.includes(line))) return;
  }
  throw new Error('No new container started within 60 s.');
}

/** Waits until the service runs in one container only, which takes the drain time after a deploy. */
export async function untilAlone(world: World): Promise<readonly string[]> {
  for (const deadline = Date.now() + 20_000; ; await sleep(200)) {
    const { running } = await world.traces();
    if (running.filter((line) => line.includes('acme/web')).length === 1) return running;
    if (Date.now() > deadline) throw new Error(`The old version still runs:\n${running.join('\n')}`);
  }
}

/**
 * Runs `up`, again and again while it is told that another run holds the lock: one that was killed or stands still
 * could not give it back, so it is had when that run's lease ends.
 */
export async function upWhenFree(world: World, patience: number): Promise<CliResult> {
  for (const deadline = Date.now() + patience; ; await sleep(2_000)) {
    const result = await world.run(['up']);
    if (result.code === 0 || !result.output.includes('LOCK_HELD') || Date.now() > deadline) return result;
  }
}

/** Waits until a process with this text in its command line runs on one of the servers. */
export async function processOn(world: World, text: string): Promise<void> {
  const found = async (): Promise<boolean> => (await world.traces()).jobs.some((line) => line.includes(text));
  for (const deadline = Date.now() + 120_000; !(await found()); await sleep(50)) {
    if (Date.now() > deadline) throw new Error(`No process "${text}" appeared on the servers.`);
  }
}
