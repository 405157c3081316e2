import { DrayageError } from '../errors/drayage-error.ts';

/** What ended a run from outside. */
export type Ender = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'timeout';

const exitStatuses = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, timeout: 1 } as const;

export interface Cancellation extends Disposable {
  readonly signal: AbortSignal;
  readonly ender: Ender | undefined;
  /** What the process exits with because of it. */
  readonly exitStatus: number | undefined;
}

/**
 * Milliseconds that cleaning up on the servers may take. GitHub sends SIGINT, SIGTERM 7.5 s later and SIGKILL 2.5 s after
 * that; where the first signal goes to a shell only, SIGTERM is the first that arrives.
 */
const patience = { SIGINT: 9500, SIGTERM: 2300, SIGHUP: 2300, timeout: 9500 } as const;

/** The first signal aborts; `giveUp` is called when cleaning up takes too long, or when a person presses Ctrl-C again. */
export function cancellation(timeout: number | undefined, giveUp: (exitStatus: number) => void): Cancellation {
  const controller = new AbortController();
  const timers = new Set<NodeJS.Timeout>();
  let ender: Ender | undefined;
  const later = (milliseconds: number, action: () => void) => timers.add(setTimeout(action, milliseconds).unref());
  const end = (by: Ender) => {
    if (ender !== undefined) {
      // SIGTERM after SIGINT is how CI systems go on; only a second Ctrl-C is somebody's wish.
      if (by === 'SIGINT') giveUp(exitStatuses[ender]);
      else later(patience[by], () => giveUp(exitStatuses[ender ?? by]));
      return;
    }
    ender = by;
    later(patience[by], () => giveUp(exitStatuses[by]));
    controller.abort(reasonOf(by, timeout));
  };
  const handlers = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((name) => [name, () => end(name)] as const);
  for (const [name, handler] of handlers) process.on(name, handler);
  if (timeout !== undefined) later(timeout, () => end('timeout'));
  return {
    signal: controller.signal,
    get ender() {
      return ender;
    },
    get exitStatus() {
      return ender === undefined ? undefined : exitStatuses[ender];
    },
    [Symbol.dispose]: () => {
      for (const timer of timers) clearTimeout(timer);
      for (const [name, handler] of handlers) process.off(name, handler);
    },
  };
}

function reasonOf(ender: Ender, timeout: number | undefined): DrayageError {
  if (ender === 'timeout') {
    const seconds = Math.round((timeout ?? 0) / 1000);
    return new DrayageError('RUN_TIMEOUT', `The run took longer than its input "timeout" allows (${seconds} s).`);
  }
  return new DrayageError('CANCELLED', `The run was cancelled by ${ender}.`);
}
