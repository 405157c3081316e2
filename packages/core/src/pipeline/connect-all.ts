import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { DrayageError, throwAll } from '../errors/drayage-error.ts';

/** Milliseconds. */
const headStart = 60;

/**
 * Connects to every server of a run: a host key that does not fit, or a server that is down, shows before anything has
 * changed anywhere. Those that are needed first are dialled a moment before the rest. Throws all that is wrong at once.
 */
export async function reachAll(context: Context, first: readonly string[], rest: readonly string[]): Promise<void> {
  const begun = connectAll(context, first).catch(() => undefined);
  if (first.length > 0) await Promise.race([begun, sleep(headStart)]);
  await connectAll(context, [...first, ...rest]);
}

async function connectAll(context: Context, servers: readonly string[]): Promise<void> {
  const attempts = await Promise.allSettled(servers.map((name) => context.connect(name)));
  const failures = attempts.flatMap((attempt) => (attempt.status === 'rejected' ? [attempt.reason as unknown] : []));
  const bug = failures.find((error) => !(error instanceof DrayageError));
  if (bug !== undefined) throw bug;
  throwAll(failures.filter((error) => error instanceof DrayageError));
}
