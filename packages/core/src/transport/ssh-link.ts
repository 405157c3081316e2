import { once } from 'node:events';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type Client, type ClientChannel, type ConnectConfig } from 'ssh2';
import { DrayageError } from '../errors/drayage-error.ts';
import { spareGcm } from './gcm.ts';
import type { HostKeyCheck, Verdict } from './host-key.ts';
import type { Channel, Link, LinkListener } from './link.ts';
import { widenWindow } from './receive-window.ts';
import { saveRoundTrips } from './round-trips.ts';
import { authentication } from './ssh-auth.ts';
import { addressOf, type Target } from './target.ts';

export interface Handshake {
  readonly target: Target;
  /** An open connection to the server: TCP, or a channel of a jump host. */
  readonly stream: Duplex;
  readonly check: HostKeyCheck;
  /** Index into `check.offers`. */
  readonly offer: number;
  readonly signal?: AbortSignal;
}

const loopback = '127.0.0.1';

/** Milliseconds for key exchange and login. */
const patience = 20_000;

/**
 * Speaks SSH on an open stream: key exchange, host key check, login. The server learns nothing about the account before
 * its key was accepted. Rejects with the error of the host key, SSH_AUTH_FAILED, SSH_NO_COMMON_ALGORITHM or SSH_UNREACHABLE.
 */
export async function openSshLink({
  target,
  stream,
  check,
  offer,
  signal,
}: Handshake): Promise<{ link: SshLink; verdict: Verdict }> {
  const login = authentication(target);
  const client = new ssh2.Client();
  let verdict: Verdict | undefined;
  let agentError: Error | undefined;
  const config: ConnectConfig = {
    sock: stream as ConnectConfig['sock'],
    username: target.user,
    algorithms: {
      serverHostKey: [...(check.offers[offer] ?? [])] as NonNullable<ConnectConfig['algorithms']>['serverHostKey'],
    },
    hostVerifier: (key: Buffer) => {
      verdict = check.verify(key);
      return verdict.accepted;
    },
    authHandler: (allowed, _partial, next) => next(login.next(allowed) as Parameters<typeof next>[0]),
    keepaliveInterval: 10_000,
    keepaliveCountMax: 3,
    readyTimeout: patience,
  };
  const abort = () => client.destroy();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    if (stream.destroyed) throw stream.errored ?? new Error('the connection was closed before the login');
    await new Promise<void>((resolve, reject) => {
      client.once('ready', () => {
        spareGcm(client, stream);
        resolve();
      });
      client.once('close', () => reject(new Error('the connection was closed during the login')));
      client.on('error', (error) => {
        // A missing agent is one failed method among others; ssh2 goes on by itself.
        if (error.level === 'agent') agentError = error;
        else reject(error);
      });
      client.connect(config);
      saveRoundTrips(client, { loginAtOnce: login.atOnce });
    });
  } catch (cause) {
    client.destroy();
    signal?.throwIfAborted();
    if (verdict?.accepted === false) return Promise.reject(verdict.error);
    const refused = (error: Error) => (agentError === undefined ? login.refused(error) : noAgent(target, agentError));
    throw explained(cause as Error & { level?: string }, target, refused);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  return { link: new SshLink(client, stream, addressOf(target)), verdict: verdict ?? { accepted: true } };
}

function explained(
  error: Error & { level?: string },
  target: Target,
  refused: (cause: Error) => DrayageError,
): DrayageError {
  if (error.level === 'client-authentication' || /too many authentication failures/i.test(error.message))
    return refused(error);
  if (/no matching/i.test(error.message)) {
    const message = `${addressOf(target)} and Drayage have no algorithm in common: ${error.message.replace(/^Handshake failed: /, '')}.`;
    return new DrayageError('SSH_NO_COMMON_ALGORITHM', message, { cause: error });
  }
  return new DrayageError('SSH_UNREACHABLE', `No SSH session with ${addressOf(target)} came about: ${error.message}.`, {
    hint: `Check that an SSH server answers there: ssh -v -p ${target.port} ${target.user}@${target.host}`,
    cause: error,
  });
}

function noAgent(target: Target, cause: Error): DrayageError {
  const message = `The SSH agent at ${target.auth.agent} did not answer, and nothing else opened ${addressOf(target)}: ${cause.message}.`;
  return new DrayageError('SSH_AGENT_UNREACHABLE', message, {
    hint: 'Check it in the same shell: ssh-add -l',
    cause,
  });
}

/** One authenticated connection. */
export class SshLink implements Link {
  readonly address: string;
  readonly #client: Client;
  readonly #stream: Duplex;
  readonly #accepting = new Map<number, (stream: Duplex) => void>();
  #lost: Error | undefined;

  constructor(client: Client, stream: Duplex, address: string) {
    this.#client = client;
    this.#stream = stream;
    this.address = address;
    client.on('error', (error) => {
      this.#lost ??= error;
    });
    client.once('close', () => {
      this.#lost ??= new Error('the server closed the connection');
    });
    client.on('tcp connection', ({ destPort }, accept, reject) => {
      const receive = this.#accepting.get(destPort);
      if (receive === undefined) reject?.();
      else receive(widenWindow(accept()));
    });
  }

  get lost(): Error | undefined {
    return this.#lost;
  }

  async open(command: string): Promise<Channel> {
    const channel = await this.#channel((done) => this.#client.exec(command, done));
    let status: number | undefined;
    channel.once('exit', (code: number | null, signalName?: string) => {
      status = code ?? 128 + (signalNumbers[signalName ?? ''] ?? 0);
    });
    const ended = once(channel, 'close').then(() => status);
    return { stdin: channel, stdout: channel, stderr: channel.stderr, ended, abandon: () => channel.close() };
  }

  dialUnix(path: string): Promise<Duplex> {
    return this.#channel((done) => this.#client.openssh_forwardOutStreamLocal(path, done));
  }

  dial(host: string, port: number): Promise<Duplex> {
    return this.#channel((done) => this.#client.forwardOut(loopback, 0, host, port, done));
  }

  async listen(port: number, accept: (stream: Duplex) => void): Promise<LinkListener> {
    const bound = await this.#ask<number>((done) => this.#client.forwardIn(loopback, port, done));
    this.#accepting.set(bound, accept);
    return {
      port: bound,
      close: async () => {
        this.#accepting.delete(bound);
        // The server may refuse what it has given up already.
        await this.#ask<void>((done) =>
          this.#client.unforwardIn(loopback, bound, (error) => done(error ?? undefined, undefined)),
        ).catch(() => undefined);
      },
    };
  }

  /** Runs `action` when the connection has ended, for whatever reason. */
  onClose(action: () => Promise<void>): void {
    this.#client.once('close', () => void action());
  }

  /** Says goodbye. Resolves when that is on its way; the process need not live until the server has answered. */
  async close(): Promise<void> {
    if (this.#lost !== undefined) return;
    this.#lost = new Error('the connection was closed by this run');
    const closed = once(this.#client, 'close').catch(() => undefined);
    const timer = setTimeout(() => this.#client.destroy(), 1000);
    void closed.then(() => clearTimeout(timer));
    const sent = once(this.#stream, 'finish').catch(() => undefined);
    this.#client.end();
    // A channel of a jump host has to be closed before the jump host's own connection is.
    if (!(this.#stream instanceof Socket)) await closed;
    await Promise.race([sent, closed]);
    if (this.#stream instanceof Socket) this.#stream.unref();
    timer.unref();
  }

  async #channel(
    request: (done: (error: Error | undefined, channel: ClientChannel) => void) => void,
  ): Promise<ClientChannel> {
    return widenWindow(await this.#ask(request));
  }

  #ask<T>(request: (done: (error: Error | undefined, value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== undefined) return reject(this.#lost);
      request((error, value) => (error ? reject(error) : resolve(value)));
    });
  }
}

/** Signals that end programs, by number: a shell reports them as 128 plus this. */
const signalNumbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};
