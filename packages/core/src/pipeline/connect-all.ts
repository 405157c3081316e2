import type { Context } from '../context.ts';
import { DrayageError, throwAll } from '../errors/drayage-error.ts';

/**
 * Connects to every server of a run before anything begins: a host key that does not fit, or a server that is down, shows
 * before any command ran anywhere. Throws all that is wrong at once.
 */
export async function connectAll(context: Context, servers: readonly string[]): Promise<void> {
  const attempts = await Promise.allSettled(servers.map((name) => context.connect(name)));
  const failures = attempts.flatMap((attempt) => (attempt.status === 'rejected' ? [attempt.reason as unknown] : []));
  const bug = failures.find((error) => !(error instanceof DrayageError));
  if (bug !== undefined) throw bug;
  throwAll(failures.filter((error) => error instanceof DrayageError));
}
