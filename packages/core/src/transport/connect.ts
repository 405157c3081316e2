import type { Duplex } from 'node:stream';
import pRetry from 'p-retry';
import { DrayageError } from '../errors/drayage-error.ts';
import type { Report } from '../report/report.ts';
import { fingerprintOf, hostKeyCheck } from './host-key.ts';
import { shareJump } from './jump.ts';
import { LinkedServer } from './linked-server.ts';
import { LocalLink } from './local-link.ts';
import { engineSocket, type Server } from './server.ts';
import { Session } from './session.ts';
import { dialPatience, openSshSocket } from './socket.ts';
import { openSshLink, type SshLink } from './ssh-link.ts';
import { addressOf, type Target } from './target.ts';

export interface ConnectOptions {
  readonly report: Pick<Report, 'note' | 'warn'>;
  readonly signal?: AbortSignal;
  /** Opens the TCP connection to a server that has no jump host: somebody may have begun with it before. */
  readonly dial?: typeof openSshSocket;
}

const attempts = { retries: 4, minTimeout: 500, factor: 2, maxTimeout: 5000, maxRetryTime: 30_000, randomize: true };

/**
 * Connects, checks the host key, logs in and learns what kind of account it is. A server that does not answer is tried
 * again for half a minute; a wrong host key or a refused login is final. Throws the SSH_… errors.
 */
export async function connect(target: Target, options: ConnectOptions): Promise<Server> {
  if (target.host === 'local') {
    const open = () => Session.open(new LocalLink());
    return new LinkedServer(target.name, await open(), open);
  }
  const open = () => persistently(target, options, () => openSession(target, options));
  const session = await open();
  return new LinkedServer(target.name, session, () => {
    options.report.note(`${target.name}: the connection broke; connecting again. What runs there goes on meanwhile.`);
    return open();
  });
}

/** Tries again where the network is at fault. No command has run on the server yet, so that is safe. */
async function persistently<T>(target: Target, options: ConnectOptions, attempt: () => Promise<T>): Promise<T> {
  const { signal, report } = options;
  try {
    return await pRetry(attempt, {
      ...attempts,
      signal,
      shouldRetry: ({ error }) => isTransient(error),
      onFailedAttempt: ({ error, attemptNumber, retriesLeft }) => {
        if (!isTransient(error) || retriesLeft === 0) return;
        report.note(`${target.name}: ${error.message} Attempt ${attemptNumber} failed; trying again.`);
      },
    });
  } catch (error) {
    if (!signal?.aborted) throw error;
    throw new DrayageError('CANCELLED', `Connecting to ${target.name} was cancelled.`, { cause: error });
  }
}

async function openSession(target: Target, options: ConnectOptions): Promise<Session> {
  const link = await openLink(target, options);
  try {
    // Only root is known to have the engine's socket; sshd would log the refusal of others.
    const dialled = target.user === 'root' ? engineSocket : undefined;
    return await Session.open(link, { spares: target.spareShells ?? 1, dialled });
  } catch (error) {
    const { lost } = link;
    await link.close();
    throw lost === undefined ? error : unreachable(target, lost);
  }
}

/** Keys that `accept-new` took: a later connection of this process must meet the same one. */
const taken = new Map<string, string>();

/** An authenticated connection to a host whose key was checked. */
async function openLink(target: Target, options: ConnectOptions): Promise<SshLink> {
  const check = hostKeyCheck({ ...target, hostKey: taken.get(JSON.stringify(target)) ?? target.hostKey });
  let first: unknown;
  for (let offer = 0; ; offer++) {
    const { stream, release } = await openStream(target, options);
    try {
      const { link, verdict } = await openSshLink({ target, stream, check, offer, signal: options.signal });
      if (verdict.accepted && verdict.newKey !== undefined) {
        const fingerprint = fingerprintOf(verdict.newKey);
        taken.set(JSON.stringify(target), fingerprint);
        options.report.warn(
          `${target.name}: its host key was not known and was taken as it came. Compare it, then add below servers.${target.name}:\n    host-key: ${fingerprint}`,
        );
      }
      link.onClose(release);
      return link;
    } catch (error) {
      await release();
      // The pin may be that of another key of the same host: ask for the next type before saying that it differs.
      const isOtherKey =
        error instanceof DrayageError &&
        (error.code === 'SSH_HOST_KEY_MISMATCH' || error.code === 'SSH_NO_COMMON_ALGORITHM');
      first ??= error;
      if (!isOtherKey || offer + 1 >= check.offers.length) throw isOtherKey ? first : error;
    }
  }
}

/** The way to the server: TCP, or a channel of the jump host, which is closed with it. */
async function openStream(
  target: Target,
  options: ConnectOptions,
): Promise<{ stream: Duplex; release: () => Promise<void> }> {
  const { jump } = target;
  if (jump === undefined) {
    const { dial = openSshSocket, signal } = options;
    const stream = await dial(target.host, target.port, dialPatience, signal).catch((cause: NodeJS.ErrnoException) => {
      throw unreachable(target, cause);
    });
    return { stream, release: async () => undefined };
  }
  const { link, release } = await shareJump(jump, () => openLink(jump, { ...options, dial: undefined }));
  try {
    return { stream: await link.dial(target.host, target.port), release };
  } catch (cause) {
    await release();
    throw new DrayageError(
      'SSH_UNREACHABLE',
      `${addressOf(jump)} opens no connection to ${target.host}:${target.port}: ${(cause as Error).message}.`,
      {
        hint: `Check from there: ssh ${jump.user}@${jump.host} -p ${jump.port} nc -vz ${target.host} ${target.port}`,
        cause,
      },
    );
  }
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens on that port',
  ENOTFOUND: 'the name has no address',
  EAI_AGAIN: 'the name server did not answer',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  ETIMEDOUT: `it did not answer within ${dialPatience / 1000} s`,
  ECONNRESET: 'it closed the connection',
};

function unreachable(target: Target, cause: NodeJS.ErrnoException): DrayageError {
  return new DrayageError(
    'SSH_UNREACHABLE',
    `${target.name} (${addressOf(target)}) cannot be reached: ${reasons[cause.code ?? ''] ?? cause.message}.`,
    {
      hint: `Check address, port and firewall: ssh -v -p ${target.port} ${target.user}@${target.host}`,
      cause,
    },
  );
}

function isTransient(error: unknown): boolean {
  if (!(error instanceof DrayageError) || error.code !== 'SSH_UNREACHABLE') return false;
  const { cause } = error;
  return !(cause instanceof Error && 'code' in cause && cause.code === 'ENOTFOUND');
}
