import { randomBytes } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as sleep } from 'node:timers/promises';
import { DrayageError } from '../errors/drayage-error.ts';
import { newMarker, toWire } from './boot.ts';
import { type Following, followJob } from './job-follow.ts';
import { beatScript, followScript, type JobStart, startScript } from './job-script.ts';
import type { LinkedServer } from './linked-server.ts';
import type { JobOptions, JobResult } from './server.ts';

/** Files up to this many bytes travel inside the script that starts the job. */
const inlineLimit = 256 * 1024;
/** For how long a broken connection is tried again, in milliseconds; where the job ends itself before, a little longer than that. */
const outage = 10 * 60_000;
const afterLease = 30_000;
const outagePause = { first: 500, longest: 10_000 };

/** See Server.job. Throws JOB_LOST, JOB_TIMEOUT, CANCELLED and what connecting throws. */
export async function runJob(server: LinkedServer, options: JobOptions): Promise<JobResult> {
  const { id, signal, onOutput } = options;
  if (!/^[A-Za-z0-9-]+$/.test(id)) throw new DrayageError('INTERNAL_BUG', `'${id}' cannot name a job.`);
  signal?.throwIfAborted();
  const start = await prepare(server, options);
  const decoder = new StringDecoder('utf8');
  let offset = 0;
  let isKnown = false;
  let mayRun = false;
  const bootId = server.account.bootId;
  if (signal?.aborted) throw cancelled(server, id);
  for (;;) {
    const following = followJob(server, {
      mayRun,
      // One that is cancelled by now is not to be started any more, only to be ended if it was.
      script: (greeting) =>
        `${isKnown || signal?.aborted ? '' : startScript(start)}${followScript(id, greeting, offset)}`,
      onLog: (chunk) => {
        offset += chunk.length;
        const text = decoder.write(chunk);
        if (text !== '') onOutput?.(text);
      },
      onFound: () => {
        isKnown = true;
      },
    });
    const result = await attended(server, options, following);
    server.beforeClosing(following.acknowledged);
    if (result.kind === 'ended') {
      const rest = decoder.end();
      if (rest !== '') onOutput?.(rest);
      return outcome(server, options, result.status, result.reason, offset);
    }
    if (result.kind === 'lost') throw lost(server, id, result.why);
    await reconnect(server, options);
    mayRun = true;
    // Without having seen it start, a rebooted server could be given the job a second time.
    if (!isKnown && server.account.bootId !== bootId) throw lost(server, id, 'the server was restarted');
  }
}

/** Keeps the job's lease alive and passes on cancellation while its log is followed. */
async function attended(
  server: LinkedServer,
  { id, lease = 60, signal }: JobOptions,
  following: Following,
): Promise<Awaited<Following['result']>> {
  const every = lease === 0 ? 15_000 : Math.min(15_000, lease * 250);
  const beat = async () => {
    const said = await server.raw(beatScript(id), {}, `Renewing job ${id}`).catch(() => undefined);
    if (said?.stdout.toString().trim() === 'lost') following.giveUp('its supervisor is gone');
  };
  const timer = setInterval(() => void beat(), every);
  let giveUpTimer: NodeJS.Timeout | undefined;
  const cancel = () => {
    following.cancel();
    // The job's last words are waited for, though not for long; its lease ends what could not be reached.
    giveUpTimer = setTimeout(() => following.giveUp('it was cancelled'), 5000);
  };
  signal?.addEventListener('abort', cancel, { once: true });
  if (signal?.aborted) cancel();
  try {
    const result = await following.result;
    if (signal?.aborted) throw cancelled(server, id);
    return result;
  } finally {
    clearInterval(timer);
    clearTimeout(giveUpTimer);
    // A job that had not even said that it has begun is still to be told.
    if (signal?.aborted) server.beforeClosing(following.acknowledged);
    signal?.removeEventListener('abort', cancel);
  }
}

async function prepare(server: LinkedServer, options: JobOptions): Promise<JobStart> {
  const { id, script, files = {}, lease = 60, timeout } = options;
  const placed = Object.entries(files).map(async ([name, content]) => {
    if (!/^[\w.@+-]+$/.test(name) || name === '.' || name === '..')
      throw new DrayageError('INTERNAL_BUG', `'${name}' cannot name a file of a job.`);
    const wire = toWire(content);
    if (wire.length <= inlineLimit && !wire.includes('\0')) return { name, content: wire };
    const path = `${server.account.runDir}/uploads/${id}-${randomBytes(6).toString('hex')}`;
    await server.upload(path, content);
    return { name, path };
  });
  const limit = timeout === undefined ? 0 : Math.max(1, Math.ceil(timeout / 1000));
  return { id, marker: newMarker(), script: toWire(script), files: await Promise.all(placed), lease, limit };
}

/** Waits out a broken connection. What is not a broken connection is thrown. */
async function reconnect(server: LinkedServer, { id, lease = 60, signal }: JobOptions): Promise<void> {
  const patience = lease === 0 ? outage : Math.min(outage, lease * 1000 + afterLease);
  const until = Date.now() + patience;
  for (let pause = outagePause.first; ; pause = Math.min(pause * 2, outagePause.longest)) {
    if (signal?.aborted) throw cancelled(server, id);
    try {
      await server.connected();
      return;
    } catch (error) {
      const isOutage = error instanceof DrayageError && error.code === 'SSH_UNREACHABLE';
      if (!isOutage) throw error;
      if (Date.now() + pause > until) throw outOfReach(server, { id, lease }, patience, error);
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }
}

function outcome(
  server: LinkedServer,
  { id, timeout, lease = 60 }: JobOptions,
  status: number,
  reason: string,
  offset: number,
): JobResult {
  if (reason === 'timeout') {
    throw new DrayageError(
      'JOB_TIMEOUT',
      `Job ${id} on ${server.name} took longer than ${(timeout ?? 0) / 1000} s and was ended.`,
    );
  }
  if (reason === 'lease') throw lost(server, id, `no client was connected for ${lease} s, so it ended itself`);
  if (reason === 'cancelled') throw cancelled(server, id);
  return { exitCode: status, offset };
}

function lost(server: LinkedServer, id: string, why: string): DrayageError {
  return new DrayageError(
    'JOB_LOST',
    `Job ${id} on ${server.name} is gone: ${why}. Whether its last step took effect is not known.`,
    {
      hint: 'Look at the server (drayage status), then run again.',
    },
  );
}

function outOfReach(
  server: LinkedServer,
  { id, lease }: { id: string; lease: number },
  patience: number,
  cause: Error,
) {
  const own = lease === 0 ? 'It goes on there by itself.' : `Without a client it has ended itself after ${lease} s.`;
  return new DrayageError(
    'JOB_LOST',
    `The connection to ${server.name} broke while job ${id} ran there, and none could be made for ${patience / 1000} s: ${cause.message} ${own}`,
    { hint: 'When the server can be reached again, look at it (drayage status), then run again.', cause },
  );
}

function cancelled(server: LinkedServer, id: string): DrayageError {
  return new DrayageError('CANCELLED', `Job ${id} on ${server.name} was cancelled.`);
}
