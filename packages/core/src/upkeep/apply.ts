import { randomBytes } from 'node:crypto';
import type { Context } from '../context.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { markedLines } from '../report/marked-lines.ts';
import type { Phase } from '../report/report.ts';
import type { Lease } from '../transport/lease.ts';
import type { Server } from '../transport/server.ts';
import { applyScript, buildsRun, jobTimeout } from './apply-script.ts';
import type { ServerPlan } from './plan.ts';
import { describeStay, type Thing, thingsOf } from './tell.ts';

export interface ApplyOptions {
  /** All of the server's build slots; undefined where nothing is built. */
  readonly slots: number | undefined;
  /** Milliseconds to wait for builds that run. */
  readonly wait: number;
  readonly olderThan: number;
  /** Shell text of builders that comes last (builder/driver.ts). */
  readonly builders: string;
  /** Locks of the services that are cleaned up. */
  readonly leases: readonly Lease[];
}

export interface Applied {
  /** Bytes, as the engine and the file system count them. */
  readonly freed: number;
  readonly removed: readonly Thing[];
  /** Builds ran for longer than was waited: nothing was done. */
  readonly busy: boolean;
}

/**
 * Does on a server what a plan says, as a job that finishes by itself. Throws CLEANUP_FAILED, LOCK_LOST, CANCELLED and what
 * connecting throws; what the engine refuses to remove stays and is told.
 */
export async function applyPlan(
  context: Context,
  server: Server,
  plan: ServerPlan,
  options: ApplyOptions,
  phase: Phase,
): Promise<Applied> {
  const { slots, wait, olderThan, builders, leases } = options;
  const things = thingsOf(plan);
  const removed: Thing[] = [];
  let freed = 0;
  /** Bytes the engine holds; then those that went. Images and its build cache share layers. */
  let engine = 0;
  let log = '';
  const lines = markedLines(
    ([word, kind = '', name = '', ...rest]) => {
      if (word === 'usage') {
        const used = Number(name) + Number(rest[0] ?? 0);
        engine = kind === 'before' ? used : engine - used;
      } else if (word === 'cache') {
        if (kind !== 'docker') freed += Number(name) || 0;
        if (Number(name) > 0)
          removed.push({ kind: 'cache', name: `build cache (${kind})`, bytes: Number(name), why: '' });
      } else if (word === 'removed') {
        const thing = things.find((one) => one.kind === kind && one.id === name);
        removed.push(thing ?? { kind, name: `${kind} ${name}`, bytes: 0, why: '' });
        if (kind !== 'image') freed += Number(rest[0] ?? 0) || 0;
      } else if (word === 'stays') phase.note(describeStay(things, kind, name, rest.join(' ')));
    },
    (text) => {
      log = `${log}${text}`.slice(-64_000);
      phase.output(text);
    },
  );
  const { exitCode } = await server.job({
    id: `cleanup-${randomBytes(6).toString('hex')}`,
    script: applyScript({
      account: server.account,
      plan,
      slots,
      wait,
      olderThan,
      guards: leases.map((lease) => lease.guard(server.name)),
      builders,
    }),
    timeout: jobTimeout(wait),
    signal: AbortSignal.any([context.signal, ...leases.map(({ signal }) => signal)]),
    onOutput: lines.push,
  });
  lines.finish();
  if (exitCode === buildsRun) return { freed: 0, removed: [], busy: true };
  if (exitCode === 75 && leases[0] !== undefined) throw await leases[0].lostOn(server.name);
  if (exitCode !== 0) {
    const last = log.trim().split('\n').at(-1) ?? '';
    throw new DrayageError(
      'CLEANUP_FAILED',
      `${server.name}: the cleanup ended with exit status ${exitCode}${last === '' ? '' : `: ${last}`}.`,
      { output: log },
    );
  }
  return { freed: freed + Math.max(0, engine || 0), removed, busy: false };
}
