import type { DrayageError } from '../errors/drayage-error.ts';
import { HeldLease, usualLife } from './held-lease.ts';
import type { Lease } from './lease.ts';
import { type LockOwner, takeScript } from './lease-script.ts';
import type { Completed, RunOptions, Server } from './server.ts';

/** Exit status of a job that was to take a lock and found it held, or held in between. */
export const notTaken = 76;

export interface SeenLock {
  readonly name: string;
  /** Number of the last owner, who has freed it. */
  readonly fence: number;
}

/**
 * The lock of a single server that a job takes itself, as its first act, if nobody has had it since it was seen free: what
 * was seen then is still so. The job exits with `notTaken` otherwise, and has changed nothing.
 */
export class LeaseAhead implements Lease {
  readonly #server: Server;
  readonly #seen: SeenLock;
  readonly #owner: LockOwner;
  readonly #lost = new AbortController();
  #held: HeldLease | undefined;

  constructor(server: Server, seen: SeenLock, owner: LockOwner) {
    this.#server = server;
    this.#seen = seen;
    this.#owner = owner;
  }

  get signal(): AbortSignal {
    return this.#held?.signal ?? this.#lost.signal;
  }

  get taking(): string {
    const { name, fence } = this.#seen;
    return `(\n${takeScript(name, this.#owner, usualLife, fence)}) || exit ${notTaken}\n`;
  }

  guard(serverName: string): string {
    return this.#asHeld((lease) => lease.guard(serverName));
  }

  freeing(serverName: string): string {
    return this.#asHeld((lease) => lease.freeing(serverName));
  }

  /** The job has the lock. From now on it is renewed, and may be freed: before, its number could be somebody else's. */
  confirm(): void {
    this.#held ??= this.#make();
  }

  script(server: Server, text: string, options?: RunOptions): Promise<Completed> {
    return this.#asHeld((lease) => lease.script(server, text, options));
  }

  lostOn(serverName: string): Promise<DrayageError> {
    return this.#asHeld((lease) => lease.lostOn(serverName));
  }

  async overtakenOn(serverName: string): Promise<DrayageError | undefined> {
    return this.#held?.overtakenOn(serverName);
  }

  async release(): Promise<void> {
    await this.#held?.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  #make(): HeldLease {
    return new HeldLease(this.#seen.name, [{ server: this.#server, fence: this.#seen.fence + 1 }], usualLife);
  }

  #asHeld<T>(use: (lease: HeldLease) => T): T {
    if (this.#held !== undefined) return use(this.#held);
    const lease = this.#make();
    lease.forget();
    return use(lease);
  }
}
