import type { Context } from '../context.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import type { Phase } from '../report/report.ts';
import { overtaken } from '../transport/held-lease.ts';
import type { Lease } from '../transport/lease.ts';
import { notTaken } from '../transport/lease-ahead.ts';
import type { Server } from '../transport/server.ts';
import { quote } from '../transport/shell.ts';
import { eventReader, type JobEvent } from './events.ts';
import { deployError, failureOf, type JobFailure } from './failures.ts';

export interface NodeJob {
  readonly server: Server;
  /** Unique per deployment and node. */
  readonly id: string;
  readonly script: string;
  readonly files: Readonly<Record<string, string>>;
  /** Whether an older version serves on this node. */
  readonly servesOn: boolean;
  /** Milliseconds the whole deployment may take. */
  readonly timeout: number;
}

export interface NodeOutcome {
  readonly server: string;
  readonly events: readonly JobEvent[];
}

/** The job was to take the lock itself, and another run was quicker. It has changed nothing. */
export class NotTaken extends Error {
  override readonly name = 'NotTaken';
}

/** One node's job while it runs. */
interface Running {
  readonly job: NodeJob;
  readonly folder: Promise<string>;
  reached(event: 'staged' | 'committed'): Promise<void>;
  readonly outcome: Promise<NodeOutcome>;
  /** Whether the node has the new version and will keep it. */
  isDone(): boolean;
  abort(reason: string): Promise<void>;
}

/**
 * Runs one job on each node. On a single node it needs no word from us but a sign of life. Several are joined twice:
 * none switches before all are healthy, none gives up the old version before all have switched. When one fails, the
 * others are taken back. Throws the error of the node that failed first.
 */
export async function runJobs(
  context: Context,
  phase: Phase,
  jobs: readonly NodeJob[],
  lease?: Lease,
): Promise<readonly NodeOutcome[]> {
  const running = jobs.map((job) => start({ context, phase, lease }, job, jobs.length > 1));
  const outcomes = Promise.all(running.map((node) => node.outcome));
  if (running.length === 1) return outcomes;
  try {
    for (const [event, word] of [
      ['staged', 'go'],
      ['committed', 'commit'],
    ] as const) {
      await Promise.race([outcomes, Promise.all(running.map((node) => node.reached(event)))]);
      await Promise.all(running.map(async (node) => send(node, word)));
    }
    return await outcomes;
  } catch (error) {
    const reason = `Taken back, because another node failed: ${error instanceof Error ? error.message : String(error)}`;
    await Promise.all(running.map((node) => node.abort(reason)));
    throw splitBy(error, running) ?? error;
  }
}

/** A node that got the last word has the new version for good; one that was cut off before it has gone back. */
function splitBy(error: unknown, running: readonly Running[]): DrayageError | undefined {
  const names = (nodes: readonly Running[]) => nodes.map(({ job }) => job.server.name).join(', ');
  const done = running.filter((node) => node.isDone());
  if (done.length === 0 || done.length === running.length) return undefined;
  const others = running.filter((node) => !node.isDone());
  const why = error instanceof Error ? error.message : String(error);
  return new DrayageError(
    'DEPLOY_SPLIT',
    `The new version serves on ${names(done)}, but not on ${names(others)}, which kept or took back the one before: ${why}`,
    { hint: `Run again: it brings all nodes to the same version. drayage status shows what runs where.`, cause: error },
  );
}

async function send({ job, folder }: Running, word: string): Promise<void> {
  const text = `: >${quote(`${await folder}/${word}`)}`;
  await job.server.script(text, { purpose: 'Going on with the deployment', repeatable: true });
}

interface Surroundings {
  readonly context: Context;
  readonly phase: Phase;
  readonly lease: Lease | undefined;
}

function start({ context, phase, lease }: Surroundings, job: NodeJob, isJoined: boolean): Running {
  const { server } = job;
  const events: JobEvent[] = [];
  const waiters: { event: string; resolve: () => void }[] = [];
  const cancel = new AbortController();
  let tellFolder: (folder: string) => void = () => {};
  const folder = new Promise<string>((resolve) => {
    tellFolder = resolve;
  });
  const onEvent = (event: JobEvent) => {
    events.push(event);
    if (event.event === 'begun') {
      lease?.confirm?.();
      tellFolder(event.folder);
    }
    const line = describe(event);
    if (line !== undefined) phase.output(`${line}\n`, server.name);
    for (const waiter of waiters) if (waiter.event === event.event) waiter.resolve();
  };
  const reached = (event: JobEvent['event']) =>
    events.some((past) => past.event === event)
      ? Promise.resolve()
      : new Promise<void>((resolve) => waiters.push({ event, resolve }));
  const read = eventReader(onEvent, (line) => phase.output(`${line}\n`, server.name));
  const work = server.job({
    id: job.id,
    script: job.script,
    files: job.files,
    onOutput: read,
    signal: AbortSignal.any([context.signal, cancel.signal]),
    timeout: job.timeout + 120_000,
    // Seconds without a word from us after which it takes itself back: a short silence is a cable, a long one a dead client.
    lease: isJoined ? 30 : 60,
  });
  const ended = work.then(
    async ({ exitCode }) => {
      if (exitCode === notTaken && events.length === 0) throw new NotTaken();
      if (exitCode === overtaken && events.length === 0 && lease !== undefined) throw await lease.lostOn(server.name);
      return conclude(job, events, exitCode);
    },
    async (error: unknown) => {
      // A job that ended for want of a word from us: another run may have the lock by now, and that is what to say.
      const isLost = error instanceof DrayageError && error.code === 'JOB_LOST' && events.length > 0;
      throw (isLost ? await lease?.overtakenOn(server.name) : undefined) ?? error;
    },
  );
  // Once it is done, what the job still tidies up is not waited for.
  const outcome = Promise.race([reached('done').then(() => ({ server: server.name, events })), ended]);
  ended.catch(() => {});
  outcome.catch(() => {});
  return {
    job,
    folder,
    outcome,
    reached,
    isDone: () => events.some(({ event }) => event === 'done'),
    abort: async (reason) => {
      if (!events.some((event) => ['failed', 'done', 'cancelled'].includes(event.event))) {
        const path = `${await Promise.race([
          folder,
          outcome.then(
            () => '',
            () => '',
          ),
        ])}`;
        if (path !== '') {
          const write = `printf %s ${quote(reason)} >${quote(`${path}/abort`)}`;
          await server.script(write, { purpose: 'Taking the deployment back', accept: 'any' }).catch(() => undefined);
        }
        cancel.abort();
      }
      await outcome.catch(() => undefined);
    },
  };
}

function conclude({ server, servesOn }: NodeJob, events: readonly JobEvent[], exitCode: number): NodeOutcome {
  if (events.some((event) => event.event === 'done')) return { server: server.name, events };
  const failure: JobFailure | undefined = failureOf(server.name, events, servesOn);
  if (failure !== undefined) throw deployError(failure);
  if (events.some((event) => event.event === 'cancelled')) {
    throw new DrayageError('CANCELLED', `The deployment on ${server.name} was cancelled and taken back.`);
  }
  throw new DrayageError(
    'JOB_LOST',
    `The deployment on ${server.name} ended without a result (exit status ${exitCode}).`,
    {
      hint: `drayage status --servers ${server.name}`,
    },
  );
}

/** An event in words; undefined for those that are not worth a line. */
function describe(event: JobEvent): string | undefined {
  const time = `${(event.at / 1000).toFixed(1)} s`;
  switch (event.event) {
    case 'pulling':
      return 'pulling the image';
    case 'pulled':
      return `image pulled (${time})`;
    case 'started':
      return `${event.container} started (${time})`;
    case 'waiting':
      return `${event.container}: ${event.detail}`;
    case 'healthy':
      return `${event.container} is healthy (${time})`;
    case 'stopped':
      return 'the previous version has stopped';
    case 'gap':
      return `gap without service: ${(event.milliseconds / 1000).toFixed(1)} s`;
    case 'restored':
      return `the previous version serves again; gap without service: ${(event.milliseconds / 1000).toFixed(1)} s`;
    case 'switched':
      return `switched to the new version (${time})`;
    case 'progress':
      return event.detail;
    default:
      return undefined;
  }
}
