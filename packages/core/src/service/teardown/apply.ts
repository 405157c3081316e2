import type { Owner } from '../../config/names.ts';
import type { Context } from '../../context.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import type { Phase } from '../../report/report.ts';
import { overtaken } from '../../transport/held-lease.ts';
import type { Lease } from '../../transport/lease.ts';
import type { Server } from '../../transport/server.ts';
import { eventReader, type JobEvent } from '../events.ts';
import { environmentScript, leaveNetworkScript, type RemovalInput, removalProgram, removalTimeout } from './job.ts';
import type { TeardownPlan } from './plan.ts';

export interface ServiceRemoval extends Omit<RemovalInput, 'guard'> {
  /** Unique per run. */
  readonly id: string;
  readonly lease: Lease;
}

/**
 * Removes one service from one server, by a job that finishes though the connection is gone. Throws TEARDOWN_INCOMPLETE,
 * LOCK_LOST (nothing was changed there then), CANCELLED and what connecting throws.
 */
export async function removeService(context: Context, phase: Phase, removal: ServiceRemoval): Promise<void> {
  const { server, owner, lease, id } = removal;
  const events: JobEvent[] = [];
  const read = eventReader(
    (event) => events.push(event),
    (line) => phase.output(`${line}\n`, server.name),
  );
  const script = removalProgram({ ...removal, guard: lease.guard(server.name) });
  const { exitCode } = await server.job({
    id: `teardown-${id}-${owner.service}`.slice(0, 120),
    script,
    onOutput: read,
    signal: context.signal,
    timeout: removalTimeout(removal) + 30_000,
    // What was half removed helps nobody.
    lease: 0,
  });
  if (events.some(({ event }) => event === 'done')) return;
  if (exitCode === overtaken && events.length === 0) throw await lease.lostOn(server.name);
  const failed = events.find((event) => event.event === 'failed');
  const why = failed?.message ?? `the job ended without a result (exit status ${exitCode}).`;
  throw incomplete(`${server.name}: ${why}`);
}

/** Removes the environment's network, and the volumes that are to go, when all services are gone. */
export async function removeEnvironment(
  context: Context,
  phase: Phase,
  request: {
    readonly environment: Owner;
    readonly plan: TeardownPlan;
    readonly servers: readonly { readonly server: Server; readonly isManager: boolean }[];
    readonly lease: Lease;
  },
): Promise<void> {
  const { environment, plan, servers, lease } = request;
  const options = { purpose: 'Removing the environment', signal: context.signal, repeatable: true };
  if (plan.network) {
    await Promise.all(servers.map(({ server }) => lease.script(server, leaveNetworkScript(environment), options)));
  }
  const printed = await Promise.all(
    servers.map(async ({ server, isManager }) => {
      const volumes = plan.volumes.get(server.name) ?? [];
      const script = environmentScript({ environment, network: plan.network, isManager, volumes });
      const { stdout } = await lease.script(server, script, options);
      return stdout.split('\n').flatMap((line) => (line === '' ? [] : [{ server: server.name, line }]));
    }),
  );
  for (const { server, line } of printed.flat()) phase.output(`${line}\n`, server);
  for (const { server, line } of printed.flat()) {
    const [, what, why] = /^kept (\w+ \S+): (.*)$/.exec(line) ?? [];
    if (what !== undefined) throw incomplete(`${server}: ${what} could not be removed: ${why}.`);
  }
}

function incomplete(message: string): DrayageError {
  return new DrayageError('TEARDOWN_INCOMPLETE', message, {
    hint: 'Everything else is gone. Remove the cause, then run the same command again: it goes on from there.',
  });
}
