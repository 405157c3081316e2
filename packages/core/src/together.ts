import type { Context } from './context.ts';
import { DrayageError, ManyErrors, throwAll } from './errors/drayage-error.ts';

/**
 * Runs parts of one undertaking side by side. When one fails the others are cancelled, and all of them have ended before
 * this rejects: with every failure that is a cause, not with those the cancelling itself brought about.
 */
export async function together<const R extends readonly unknown[]>(
  context: Context,
  parts: { readonly [K in keyof R]: (context: Context) => Promise<R[K]> },
): Promise<R> {
  const stop = new AbortController();
  const inner = { ...context, signal: AbortSignal.any([context.signal, stop.signal]) };
  const begun = parts.map(async (part) => {
    try {
      return await part(inner);
    } catch (error) {
      if (!stop.signal.aborted) stop.abort(new DrayageError('CANCELLED', 'Another part of this run has failed.'));
      throw error;
    }
  });
  const settled = await Promise.allSettled(begun);
  const failures = settled.flatMap((part) => (part.status === 'rejected' ? [part.reason as unknown] : []));
  if (failures.length > 0) throwCauses(failures);
  return settled.map((part) => (part.status === 'fulfilled' ? part.value : undefined)) as unknown as R;
}

function throwCauses(failures: readonly unknown[]): never {
  // What one part waits for in another fails both of them.
  const all = [...new Set(failures)].flatMap((error): unknown[] =>
    error instanceof ManyErrors ? [...error.errors] : [error],
  );
  const known = all.filter((error) => error instanceof DrayageError);
  const bug = all.find((error) => !(error instanceof DrayageError));
  if (bug !== undefined) throw bug;
  const causes = known.filter(({ code }) => code !== 'CANCELLED');
  throwAll(causes);
  throw known[0];
}
