import type { Duplex, Readable } from 'node:stream';
import { DrayageError } from '../errors/drayage-error.ts';
import { environmentOf } from './account.ts';
import { announce, bootCommand, bootInput, newMarker } from './boot.ts';
import { endGroupOf } from './end-group.ts';
import { greet } from './greeting.ts';
import type { Channel, Link } from './link.ts';
import { Program } from './program.ts';
import { Seats } from './seats.ts';
import type { Account } from './server.ts';
import { ShellEnded, type Sinks, WarmShell } from './warm-shell.ts';

/** One script to run, in wire form. */
export interface Execution extends Sinks {
  readonly script: string;
  readonly stdin?: Readable;
  /** With the rights that Docker and the state need, or with the account's own. */
  readonly privileged: boolean;
  /** Aborted to end it: everything it started on the server is ended too. */
  readonly signal: AbortSignal;
  /** Given where the script listens to lines on standard input while it runs: called with the way to send one. */
  readonly onStart?: (send: (line: string) => void) => void;
}

/** Idle shells kept for the next scripts; more at once run in channels of their own. */
const mostShells = 4;
const mostSessions = 8;
/** A connection with its shells: runs scripts on it. After the connection broke it is of no more use. */
export class Session {
  readonly link: Link;
  readonly account: Account;
  readonly #seats = new Seats(mostSessions);
  readonly #idle: WarmShell[] = [];
  readonly #preludes = new WeakMap<WarmShell, string>();
  readonly #dialled = new Map<string, Promise<Duplex>>();
  #shells = 0;

  private constructor(link: Link, account: Account) {
    this.link = link;
    this.account = account;
  }

  /**
   * Opens the first shell, which tells what kind of account this is. With `spares` so many more ahead of their use, with
   * `dialled` a connection to that unix socket: then none of them costs a round trip. Throws SSH_NO_SHELL.
   */
  static async open(
    link: Link,
    { spares = 0, dialled }: { readonly spares?: number; readonly dialled?: string } = {},
  ): Promise<Session> {
    const opening = link.open(bootCommand);
    // Scripts often run beside each other at the start.
    const ahead = Array.from({ length: spares }, () => link.open(bootCommand));
    for (const spare of ahead) spare.catch(() => undefined);
    const dial = dialled === undefined ? undefined : link.dialUnix(dialled);
    dial?.catch(() => undefined);
    const channel = await opening;
    const shell = new WarmShell(channel);
    const account = await greet(link, channel, shell);
    const session = new Session(link, account);
    if (dialled !== undefined && dial !== undefined) session.#dialled.set(dialled, dial);
    session.#seats.take();
    session.#adopt(shell, channel);
    session.#idle.push(shell);
    for (const spare of ahead) await session.#keep(spare);
    return session;
  }

  /** Takes a shell in that was opened ahead. A server that allows one session only has refused it. */
  async #keep(spare: Promise<Channel>): Promise<void> {
    const channel = await spare.catch(() => undefined);
    if (channel === undefined || !this.#seats.take()) return;
    this.#shells += 1;
    // Not the first to be used: it may still be starting.
    this.#idle.unshift(this.#newShell(channel));
  }

  get #asRoot(): boolean {
    return this.account.privilege === 'sudo';
  }

  /** Resolves with the exit status; undefined when the connection broke. Ends what runs when the signal is aborted, then rejects with its reason. */
  async run(execution: Execution): Promise<number | undefined> {
    execution.signal.throwIfAborted();
    const warm = execution.stdin === undefined && (execution.privileged || !this.#asRoot);
    const place = await this.#place(warm, execution.signal);
    if (execution.signal.aborted) this.#giveBack(place);
    execution.signal.throwIfAborted();
    if (place instanceof WarmShell) return this.#runWarm(place, execution);
    const program = this.program(place, execution.script, execution.privileged, execution);
    if (execution.onStart !== undefined) execution.onStart((line) => void place.stdin.write(`${line}\n`));
    else if (execution.stdin === undefined) place.stdin.end();
    else {
      const source = execution.stdin;
      source.pipe(place.stdin);
      program.ended.then(
        () => source.destroy(),
        () => source.destroy(),
      );
    }
    return this.#endedBy(execution, program.ended, program.group);
  }

  /** Starts a script in a channel of its own (from `channel()`), whose input then goes to the script. */
  program(channel: Channel, script: string, privileged: boolean, sinks: Sinks): Program {
    const asRoot = privileged && this.#asRoot;
    return new Program(channel, `${environmentOf(this.account, asRoot)}${script}`, asRoot, sinks);
  }

  /** A channel of its own; its seat is given back when it ends. */
  async channel(signal?: AbortSignal): Promise<Channel> {
    const place = await this.#place(false, signal);
    if (place instanceof WarmShell) throw new DrayageError('INTERNAL_BUG', 'A shell was handed out as a channel.');
    return place;
  }

  /** A connection to a unix socket of the server; the one made ahead where it is the first. */
  dialUnix(path: string): Promise<Duplex> {
    const ahead = this.#dialled.get(path);
    this.#dialled.delete(path);
    return ahead ?? this.link.dialUnix(path);
  }

  async close(): Promise<void> {
    for (const shell of this.#idle) shell.close();
    await this.link.close();
  }

  async #runWarm(shell: WarmShell, execution: Execution): Promise<number | undefined> {
    const prelude = this.#preludes.get(shell) ?? '';
    this.#preludes.delete(shell);
    try {
      const { script, onStart } = execution;
      const running = shell.run(script, execution, { prelude, listens: onStart !== undefined });
      onStart?.((line) => shell.send(`${line}\n`));
      const status = await this.#endedBy(execution, running, shell.group);
      if (!shell.isOver) {
        this.#idle.push(shell);
        this.#seats.changed();
      }
      return status;
    } catch (error) {
      if (error instanceof ShellEnded && this.link.lost !== undefined) return undefined;
      throw error;
    }
  }

  /** A shell that is idle, or a new one, or a channel: whatever is free first. */
  async #place(warm: boolean, signal?: AbortSignal): Promise<WarmShell | Channel> {
    for (let refusals = 0; ; ) {
      signal?.throwIfAborted();
      if (this.link.lost !== undefined) throw this.link.lost;
      const idle = warm ? this.#idle.pop() : undefined;
      if (idle !== undefined && !idle.isOver) return idle;
      if (idle !== undefined) continue;
      if (this.#seats.take()) {
        const asShell = warm && this.#shells < mostShells;
        if (asShell) this.#shells += 1;
        const channel = await this.link.open(bootCommand).catch((cause: unknown) => {
          if (asShell) this.#shells -= 1;
          if (this.link.lost !== undefined) throw this.link.lost;
          refusals += 1;
          // With others open it is the limit of the server (MaxSessions): wait for one of them. With none, the server may
          // not have noticed yet that the last has ended.
          if (this.#seats.refused()) return undefined;
          if (refusals > 20) throw cause;
          setTimeout(() => this.#seats.changed(), 100);
        });
        if (channel !== undefined) return asShell ? this.#newShell(channel) : this.#held(channel);
      } else {
        // An idle shell gives its seat to whoever needs a channel.
        this.#idle.pop()?.close();
      }
      await this.#seats.wait();
    }
  }

  /** A place that nobody needs any more when it is found. */
  #giveBack(place: WarmShell | Channel): void {
    if (place instanceof WarmShell) {
      this.#idle.push(place);
      this.#seats.changed();
    } else {
      place.abandon();
      place.stdout.resume();
    }
  }

  #newShell(channel: Channel): WarmShell {
    const shell = new WarmShell(channel);
    const marker = newMarker();
    const ignore = { stdout: () => undefined, stderr: () => undefined };
    const becomes = `${announce(marker)}exec ${this.#asRoot ? 'sudo -n sh' : 'sh'}`;
    shell.group = shell.execute(bootInput(becomes, false), marker, ignore).catch(() => undefined);
    return this.#adopt(shell, channel);
  }

  #adopt(shell: WarmShell, channel: Channel): WarmShell {
    this.#preludes.set(shell, environmentOf(this.account, this.#asRoot));
    if (this.#shells === 0) this.#shells = 1;
    const over = () => {
      this.#shells -= 1;
      const at = this.#idle.indexOf(shell);
      if (at >= 0) this.#idle.splice(at, 1);
      this.#seats.free();
    };
    channel.ended.then(over, over);
    return shell;
  }

  #held(channel: Channel): Channel {
    const over = () => this.#seats.free();
    channel.ended.then(over, over);
    return channel;
  }

  /** Waits for the end, and brings it about when the signal is aborted. */
  async #endedBy(
    execution: Execution,
    ended: Promise<number | undefined>,
    group: Promise<string | undefined>,
  ): Promise<number | undefined> {
    const { signal } = execution;
    let end = (): void => undefined;
    const stopped = new Promise<void>((resolve) => {
      end = () => void group.then((found) => endGroupOf(this, found, execution.privileged)).finally(resolve);
    });
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    try {
      return (await Promise.race([ended, stopped])) ?? undefined;
    } finally {
      signal.removeEventListener('abort', end);
      if (signal.aborted) {
        await stopped;
        signal.throwIfAborted();
      }
    }
  }
}
