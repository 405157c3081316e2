import { DrayageError } from '../errors/drayage-error.ts';
import type { Lease } from './lease.ts';
import { guardScript, releaseScript, renewScript } from './lease-script.ts';
import type { Completed, RunOptions, Server } from './server.ts';

/** Exit status of a guarded script that was overtaken (EX_TEMPFAIL of sysexits.h). */
export const overtaken = 75;

/** Seconds. */
export const usualLife = 60;

/** One server's lock, by the number it was taken with. */
export interface Held {
  readonly server: Server;
  readonly fence: number;
}

/** Locks that are ours, renewed until they are freed. */
export class HeldLease implements Lease {
  readonly #name: string;
  readonly #held: readonly Held[];
  readonly #life: number;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(name: string, held: readonly Held[], life: number) {
    this.#name = name;
    this.#held = held;
    this.#life = life;
    this.#timer = setInterval(() => void this.#renewAll(), life * 250);
    this.#timer.unref();
  }

  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  guard(serverName: string): string {
    return guardScript(this.#name, this.#on(serverName).fence);
  }

  freeing(serverName: string): string {
    return `(\n${releaseScript(this.#name, this.#on(serverName).fence)})\n`;
  }

  async script(server: Server, text: string, options: RunOptions = {}): Promise<Completed> {
    const { accept = [0] } = options;
    const result = await server.script(`${this.guard(server.name)}${text}`, {
      ...options,
      accept: accept === 'any' ? accept : [...accept, overtaken],
    });
    if (result.exitCode === overtaken) throw await this.lostOn(server.name);
    return result;
  }

  async lostOn(serverName: string): Promise<DrayageError> {
    const held = this.#on(serverName);
    const [, who = '', url = ''] = await this.#renew(held).catch(() => []);
    const error = new DrayageError(
      'LOCK_LOST',
      `This run was overtaken on ${serverName}${who === '' ? '' : ` by ${who}${url === '' ? '' : ` (${url})`}`}: it stood still for more than ${this.#life} s. It has stopped and changes nothing more.`,
      { hint: url === '' ? undefined : `Look at the other run: ${url}` },
    );
    this.#lost.abort(error);
    return error;
  }

  async overtakenOn(serverName: string): Promise<DrayageError | undefined> {
    const [word] = await this.#renew(this.#on(serverName)).catch(() => []);
    return word === 'lost' ? this.lostOn(serverName) : undefined;
  }

  /** Renews them no more, and leaves them as they are. */
  forget(): void {
    clearInterval(this.#timer);
  }

  async release(): Promise<void> {
    this.forget();
    await freeAll(this.#name, this.#held);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  #on(serverName: string): Held {
    const found = this.#held.find(({ server }) => server.name === serverName);
    if (found === undefined)
      throw new DrayageError('INTERNAL_BUG', `The lock ${this.#name} is not held on ${serverName}.`);
    return found;
  }

  #renew({ server, fence }: Held): Promise<string[]> {
    return lines(server, renewScript(this.#name, fence, this.#life), 'Renewing the lock');
  }

  async #renewAll(): Promise<void> {
    // A server that does not answer now is asked again at the next turn; its lock lives for four of them.
    const answers = await Promise.allSettled(this.#held.map((held) => this.#renew(held)));
    for (const [index, answer] of answers.entries()) {
      const name = this.#held[index]?.server.name;
      if (answer.status === 'fulfilled' && answer.value[0] === 'lost' && name !== undefined) await this.lostOn(name);
    }
  }
}

export async function freeAll(name: string, held: readonly Held[]): Promise<void> {
  await Promise.allSettled(
    held.map(({ server, fence }) => lines(server, releaseScript(name, fence), 'Freeing the lock')),
  );
}

async function lines(server: Server, script: string, purpose: string): Promise<string[]> {
  return (await said(server, script, purpose)).stdout.split('\n');
}

/** What a script on the lock printed. Throws LOCK_FAILED where it could not do its work. */
export async function said(server: Server, script: string, purpose: string): Promise<Completed> {
  const completed = await server.script(script, { accept: 'any', purpose, timeout: 60_000, repeatable: true });
  const { stderr, exitCode } = completed;
  if (exitCode === 0) return completed;
  const reason = stderr.trim().split('\n').at(-1) ?? '';
  throw new DrayageError(
    'LOCK_FAILED',
    `${purpose} on ${server.name} failed: ${reason === '' ? `status ${exitCode}` : reason}`,
    {
      hint: `Check that the disk below ${server.account.stateDir} is not full, and that flock (util-linux) is installed.`,
    },
  );
}
