import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FromGenerator, LoadPlan, ToGenerator } from './plan.ts';
import type { LoadResult } from './tally.ts';

/** Requests that are being sent by a process of their own, so that nothing the caller does delays them. */
export interface Load extends AsyncDisposable {
  /** What has happened so far. */
  snapshot(): Promise<LoadResult>;
  /** Sends no more, waits for the answers that are still out, and returns the final count. */
  stop(): Promise<LoadResult>;
}

/** Starts an open-loop load. Throws when the generator dies before it is stopped. */
export function startLoad(plan: Partial<LoadPlan> & Pick<LoadPlan, 'url' | 'addresses'>): Load {
  const child = fork(fileURLToPath(new URL('generator.ts', import.meta.url)), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [],
  });
  tell(child, { kind: 'start', plan: { rate: 200, timeout: 10_000, ...plan } });
  const ask = (kind: FromGenerator['kind']): Promise<LoadResult> =>
    new Promise((resolve, reject) => {
      const gone = (): void => reject(new Error('The load generator ended before it was stopped.'));
      const listen = (message: FromGenerator): void => {
        if (message.kind !== kind) return;
        child.removeListener('message', listen).removeListener('exit', gone);
        resolve(message.result);
      };
      child.on('message', listen).once('exit', gone);
      if (child.connected) tell(child, { kind });
      else gone();
    });
  return {
    snapshot: () => ask('snapshot'),
    stop: () => ask('stop'),
    [Symbol.asyncDispose]: async () => {
      if (child.connected) child.disconnect();
    },
  };
}

function tell(child: ChildProcess, message: ToGenerator): void {
  child.send(message);
}
