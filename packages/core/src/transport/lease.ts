import { setTimeout as sleep } from 'node:timers/promises';
import { DrayageError } from '../errors/drayage-error.ts';
import { freeAll, type Held, HeldLease, said, usualLife } from './held-lease.ts';
import { acquireScript, type LockOwner } from './lease-script.ts';
import type { Completed, RunOptions, Server } from './server.ts';

export type { LockOwner } from './lease-script.ts';

export interface Waiting {
  readonly serverName: string;
  /** Who works now, since when (ISO 8601), and where to look. */
  readonly who: string;
  readonly since: string;
  readonly url?: string;
  /** 1: next. */
  readonly position: number;
}

export interface LeaseOptions {
  /** Milliseconds to wait for a lock that is held; 0 (default): LOCK_HELD at once. */
  readonly wait?: number;
  /** Called whenever what is waited for changes. */
  readonly onWait?: (waiting: Waiting) => void;
  readonly signal?: AbortSignal;
  /** Seconds a lock lives without renewal; default 60. */
  readonly life?: number;
  /** POSIX sh that runs on a server in the same turn, right after its lock was taken; `onLooked` is given what it printed. */
  readonly look?: (server: Server) => string;
  readonly onLooked?: (server: Server, printed: Pick<Completed, 'stdout' | 'stderr'>) => void;
}

/** Locks of one name on several servers, held together. */
export interface Lease extends AsyncDisposable {
  /** First lines of a job that takes the lock itself; undefined where it is held already. */
  readonly taking?: string;
  /** Called when a job with `taking` has begun: it has the lock. */
  confirm?(): void;
  /** First lines for every script or job on that server that changes something: it exits with `overtaken` if it comes too late. */
  guard(serverName: string): string;
  /** Last lines for the last job on that server: it frees the lock there, though its client may be gone by then. */
  freeing(serverName: string): string;
  /** Runs a guarded script. Throws LOCK_LOST where it was overtaken; it has changed nothing then. */
  script(server: Server, text: string, options?: RunOptions): Promise<Completed>;
  /** The error for a guarded job on that server that ended with `overtaken`. */
  lostOn(serverName: string): Promise<DrayageError>;
  /** The same error if another run has the lock there by now; undefined while it has not, or where that cannot be told. */
  overtakenOn(serverName: string): Promise<DrayageError | undefined>;
  /** Aborted with LOCK_LOST as reason as soon as a renewal finds that another run has taken over. */
  readonly signal: AbortSignal;
  /** Frees the locks that are still ours. Does not throw: what cannot be freed expires. */
  release(): Promise<void>;
}

/** Milliseconds between looks at a lock that is held. */
const pause = 2000;

/**
 * Takes the lock `name` on all servers or on none. The first server in the order of addresses decides between runs that
 * want the same; the others follow at once. Throws LOCK_HELD, which names the owner, since when, and the run's page.
 */
export async function acquireAll(
  servers: readonly Server[],
  name: string,
  owner: LockOwner,
  options: LeaseOptions = {},
): Promise<Lease> {
  if (!/^[A-Za-z0-9][\w.-]*$/.test(name)) throw new DrayageError('INTERNAL_BUG', `'${name}' cannot name a lock.`);
  const { wait = 0, onWait, signal } = options;
  const ordered = [...servers].sort((a, b) => (a.address < b.address ? -1 : 1));
  const until = Date.now() + wait;
  for (let shown = ''; ; ) {
    const { held, busy } = await attempt(ordered, name, owner, options);
    if (busy === undefined) return new HeldLease(name, held, options.life ?? usualLife);
    await freeAll(name, held);
    if (Date.now() >= until) throw heldBy(name, busy);
    const line = `${busy.serverName} ${busy.who} ${busy.position}`;
    if (line !== shown) onWait?.(busy);
    shown = line;
    await sleep(Math.min(pause, Math.max(100, until - Date.now())), undefined, { signal }).catch(() => {
      throw new DrayageError('CANCELLED', `Waiting for the lock ${name} on ${busy.serverName} was cancelled.`);
    });
  }
}

async function attempt(
  servers: readonly Server[],
  name: string,
  owner: LockOwner,
  { life = usualLife, wait = 0, look, onLooked }: LeaseOptions,
): Promise<{ held: Held[]; busy?: Waiting }> {
  const held: Held[] = [];
  const take = async (server: Server): Promise<Waiting | undefined> => {
    const acquire = acquireScript(name, owner, life, wait > 0);
    const printed = await said(
      server,
      look === undefined ? acquire : andLook(acquire, look(server)),
      'Taking the lock',
    );
    const [first = '', since = '', who = '', url = ''] = printed.stdout.split('\n', 4);
    const [word, number] = first.split(' ');
    if (word !== 'taken')
      return { serverName: server.name, since, who, url: url === '' ? undefined : url, position: Number(number) };
    held.push({ server, fence: Number(number) });
    onLooked?.(server, { stdout: printed.stdout.slice(first.length + 1), stderr: printed.stderr });
    return undefined;
  };
  const [first, ...rest] = servers;
  if (first === undefined) return { held };
  try {
    const busy = await take(first);
    if (busy !== undefined) return { held, busy };
    const found = await Promise.all(rest.map(take));
    return { held, busy: found.find((one) => one !== undefined) };
  } catch (error) {
    await freeAll(name, held);
    throw error;
  }
}

/** The lock in a shell of its own, so that its open files are closed before the look. */
function andLook(acquire: string, look: string): string {
  return `taken=$(
${acquire}) || exit $?
printf '%s\\n' "$taken"
case $taken in taken*) (
${look}
) || : ;; esac
`;
}

function heldBy(name: string, { serverName, who, since, url, position }: Waiting): DrayageError {
  const queue = position > 1 ? ` ${position - 1} other${position > 2 ? 's wait' : ' waits'} too.` : '';
  return new DrayageError('LOCK_HELD', `${name} on ${serverName} is being changed by ${who} since ${since}.${queue}`, {
    hint: url === undefined ? 'Wait for it to end, then run again.' : `Look at it: ${url}`,
  });
}
