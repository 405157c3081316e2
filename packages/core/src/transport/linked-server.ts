import type { Duplex, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { DrayageError } from '../errors/drayage-error.ts';
import { toWire } from './boot.ts';
import { commandFailed } from './command-failed.ts';
import { readFile, uploadFile } from './files.ts';
import { sourceOf } from './input.ts';
import { runJob } from './job.ts';
import { Listeners } from './listeners.ts';
import { collect } from './output.ts';
import { pipeProgram } from './pipe.ts';
import type { Account, Argv, Completed, JobOptions, JobResult, Listener, RunOptions, Server } from './server.ts';
import type { Session } from './session.ts';
import { exportLines, quoteArgv } from './shell.ts';
import { ShellEnded, type Sinks } from './warm-shell.ts';

export interface RawResult {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly exitCode: number;
}

/** Milliseconds that what is still on its way to the server may take when the connection is closed. */
const lastPatience = 1000;

/** How often a script that may be repeated is. */
const mostRepeats = 4;

/** A Server on a session; when the session's connection broke, the next call opens a new one. */
export class LinkedServer implements Server {
  readonly name: string;
  readonly address: string;
  readonly #reopen: () => Promise<Session>;
  #session: Promise<Session>;
  #current: Session;
  readonly #unfinished = new Set<Promise<unknown>>();
  readonly #listeners = new Listeners();
  #closed = false;

  constructor(name: string, session: Session, reopen: () => Promise<Session>) {
    this.name = name;
    this.address = session.link.address;
    this.#reopen = reopen;
    this.#current = session;
    this.#session = Promise.resolve(session);
  }

  get account(): Account {
    return this.#current.account;
  }

  run(argv: Argv, options: RunOptions = {}): Promise<Completed> {
    const shown = /^[a-z][a-z-]*$/.test(argv[1] ?? '') ? `${argv[0]} ${argv[1]}` : argv[0];
    return this.#checked(`exec ${quoteArgv(argv)}`, options, `\`${shown}\``);
  }

  script(text: string, options: RunOptions = {}): Promise<Completed> {
    return this.#checked(text, options, 'A script');
  }

  async upload(path: string, content: string | Uint8Array | Readable, mode = 0o600): Promise<void> {
    await uploadFile(this, path, content, mode);
  }

  read(path: string): Promise<Buffer | undefined> {
    return readFile(this, path);
  }

  async dialUnix(path: string): Promise<Duplex> {
    return this.#dialled(`the socket ${path}`, (session) => session.dialUnix(path));
  }

  async dial(host: string, port: number): Promise<Duplex> {
    return this.#dialled(`${host}:${port}`, (session) => session.link.dial(host, port));
  }

  async listen(port: number, accept: (stream: Duplex) => void): Promise<Listener> {
    return this.#listeners.open(this.name, await this.#live(), { port, accept });
  }

  async pipe(argv: Argv): Promise<Duplex> {
    const session = await this.#live();
    const lost = () => this.#connectionLost(session, `Reading from \`${argv[0]}\``);
    return pipeProgram(session, `exec ${quoteArgv(argv)}`, lost);
  }

  job(options: JobOptions): Promise<JobResult> {
    return runJob(this, options);
  }

  /** Keeps the connection open until this settles, though not for long. */
  beforeClosing(work: Promise<unknown>): void {
    const settled: Promise<unknown> = work.then(
      () => this.#unfinished.delete(settled),
      () => this.#unfinished.delete(settled),
    );
    this.#unfinished.add(settled);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.race([Promise.all(this.#unfinished), sleep(lastPatience, undefined, { ref: false })]);
    this.#closed = true;
    const session = await this.#session.catch(() => undefined);
    await session?.close();
  }

  /** Runs wire text and returns bytes, with any exit status. Throws SSH_CONNECTION_LOST, REMOTE_TIMEOUT, CANCELLED. */
  async raw(wire: string, options: RunOptions, purpose: string): Promise<RawResult> {
    const stop = new AbortController();
    const cancel = () => stop.abort(new DrayageError('CANCELLED', `${purpose} on ${this.name} was cancelled.`));
    if (options.signal?.aborted) cancel();
    options.signal?.addEventListener('abort', cancel, { once: true });
    const { timeout } = options;
    const expire = () => {
      stop.abort(
        new DrayageError(
          'REMOTE_TIMEOUT',
          `${purpose} on ${this.name} took longer than ${(timeout ?? 0) / 1000} s and was ended.`,
        ),
      );
    };
    const timer = timeout === undefined ? undefined : setTimeout(expire, timeout);
    const output = collect(options.onOutput);
    const stdin = sourceOf(options.stdin);
    // The program must not take the end of a broken source for the end of its input.
    stdin?.once('error', (error) => stop.abort(error));
    try {
      const session = await this.#live();
      const exitCode = await session
        .run({
          script: `${options.env === undefined ? '' : toWire(exportLines(options.env))}${wire}`,
          stdin,
          privileged: options.privileged ?? true,
          signal: stop.signal,
          ...output.sinks,
        })
        .catch((error: unknown) => {
          if (session.link.lost !== undefined && !(error instanceof DrayageError)) return undefined;
          throw error;
        });
      if (exitCode === undefined) throw this.#connectionLost(session, purpose);
      return { ...output.end(), exitCode };
    } catch (error) {
      if (!(error instanceof ShellEnded)) throw error;
      const { stdout, stderr } = output.end();
      throw new DrayageError(
        'REMOTE_COMMAND_FAILED',
        `${purpose} on ${this.name} ended the shell it ran in, or was killed.`,
        {
          output: Buffer.concat([stdout, stderr]).toString(),
        },
      );
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', cancel);
    }
  }

  /** Runs a script that listens to lines, unless the signal is aborted before. Resolves with its exit status; undefined when the connection broke. */
  async converse(
    wire: string,
    sinks: Sinks,
    onStart: (send: (line: string) => void) => void,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    let session: Session | undefined;
    try {
      session = await this.#live();
      return await session.run({
        script: wire,
        privileged: true,
        signal,
        onStart,
        ...sinks,
      });
    } catch (error) {
      if (session?.link.lost !== undefined) return undefined;
      throw error;
    }
  }

  /** Resolves when there is a connection that works; opens one where the last has broken. */
  async connected(): Promise<void> {
    await this.#live();
  }

  async #checked(text: string, options: RunOptions, what: string): Promise<Completed> {
    const purpose = options.purpose ?? what;
    const result = await this.#persistent(() => this.raw(toWire(text), options, purpose), options);
    const completed = { stdout: result.stdout.toString(), stderr: result.stderr.toString(), exitCode: result.exitCode };
    const accept = options.accept ?? [0];
    if (accept === 'any' || accept.includes(completed.exitCode)) return completed;
    throw commandFailed(purpose, this.name, completed);
  }

  /** Runs what is repeatable again as long as connections break, a few times. */
  async #persistent(attempt: () => Promise<RawResult>, { repeatable = false, signal }: RunOptions): Promise<RawResult> {
    for (let left = repeatable ? mostRepeats : 0; ; left -= 1) {
      try {
        return await attempt();
      } catch (error) {
        const isBroken = error instanceof DrayageError && error.code === 'SSH_CONNECTION_LOST';
        if (!isBroken || left === 0 || this.#closed || signal?.aborted) throw error;
        await this.connected();
      }
    }
  }

  async #dialled(what: string, dial: (session: Session) => Promise<Duplex>): Promise<Duplex> {
    const session = await this.#live();
    try {
      return await dial(session);
    } catch (cause) {
      if (session.link.lost !== undefined) throw this.#connectionLost(session, `Opening ${what}`);
      const reason = cause instanceof Error ? cause.message.replace('(SSH) Channel open failure: ', '') : String(cause);
      throw new DrayageError(
        'SSH_FORWARDING_REFUSED',
        `${this.name} (${this.address}) opens no connection to ${what}: ${reason}.`,
        { cause },
      );
    }
  }

  #live(): Promise<Session> {
    if (this.#closed)
      throw new DrayageError('INTERNAL_BUG', `The connection to ${this.name} was used after it was closed.`);
    if (this.#current.link.lost === undefined) return this.#session;
    const broken = this.#current;
    const reopened = this.#session.then(
      (session) => (session === broken ? this.#reopen() : session),
      () => this.#reopen(),
    );
    this.#session = reopened.then(async (session) => {
      this.#current = session;
      await this.#listeners.restore(session);
      return session;
    });
    return this.#session;
  }

  #connectionLost(session: Session, purpose: string): DrayageError {
    const reason = session.link.lost?.message ?? 'no reason given';
    return new DrayageError(
      'SSH_CONNECTION_LOST',
      `The connection to ${this.name} (${this.address}) broke during: ${purpose} (${reason}). Whether it took effect is not known.`,
      { hint: 'Run again; finished steps are not repeated.', cause: session.link.lost },
    );
  }
}
