import type { Project } from '../config/model.ts';
import { networkName, type Owner, ownerLabels, resourceName } from '../config/names.ts';
import { pickService } from '../config/pick.ts';
import type { Context } from '../context.ts';
import { removeDomains } from '../domain/remove.ts';
import { DrayageError, throwAll } from '../errors/drayage-error.ts';
import type { Phase } from '../report/report.ts';
import { newDeploymentId } from '../service/record.ts';
import { removeEnvironment, removeService } from '../service/teardown/apply.ts';
import { keptSentences, planTeardown, type TeardownPlan } from '../service/teardown/plan.ts';
import { lookForRemains, type Remains } from '../service/teardown/remains.ts';
import { acquireAll, type Lease } from '../transport/lease.ts';
import type { Server } from '../transport/server.ts';

export interface TeardownRequest {
  readonly project: Project;
  /** Name of the one that goes, also one that drayage.yml does not have any more; undefined: the whole environment. */
  readonly service?: string;
  /** Whether named volumes go too. */
  readonly volumes?: boolean;
  readonly dryRun?: boolean;
  /** Asked before anything is removed; throws where the answer is no. */
  readonly confirm?: (changes: readonly string[]) => Promise<void>;
  /** Milliseconds to wait for a lock that another run holds. */
  readonly lockWait?: number;
}

export interface TeardownResult {
  readonly status: 'done' | 'unchanged' | 'planned';
  /** What was removed, or would be. */
  readonly services: readonly string[];
}

/** A little longer than the lock of a dead run lives, in milliseconds. */
const usualWait = 75_000;
/** Services that are removed at the same time. */
const side = 4;

/**
 * Removes a service of an environment, or all of it: its routes first, then what runs once it has drained, then secrets and
 * history. Only what carries the labels of exactly this organization, project and environment is touched. Named volumes stay
 * unless they are asked for. Throws TEARDOWN_INCOMPLETE, NOT_OWNED, INPUT_INVALID, LOCK_HELD, LOCK_LOST, and what removing a
 * route throws.
 */
export async function teardown(context: Context, request: TeardownRequest): Promise<TeardownResult> {
  const { project, service, volumes = false, dryRun = false } = request;
  const environment: Owner = {
    organization: project.organization,
    project: project.name,
    environment: project.environment,
  };
  const about = service ?? `the environment ${project.environment}`;
  const servers = await Promise.all(serversOf(project, service).map((name) => context.connect(name)));
  const names = service === undefined ? project.services.map(({ name }) => name) : [service];
  const order = project.services.map(({ name }) => name);
  const look = () => Promise.all(servers.map((server) => lookForRemains(server, environment, names, context.signal)));
  const remains = await context.report.phase(`Look what there is of ${about}`, look);
  const only = service === undefined ? undefined : [service];
  const plan = planTeardown(remains, { services: only, order, volumes });
  if (plan.changes.length === 0) {
    // A name that is nowhere is misspelt.
    if (service !== undefined && !order.includes(service)) pickService(project, service);
    context.report.note(`Nothing of ${about} is on ${serverNames(servers)}: there is nothing to do.`);
    for (const sentence of keptSentences(plan)) context.report.note(sentence);
    return { status: 'unchanged', services: [] };
  }
  context.report.note(`${dryRun ? 'This would be removed' : 'To be removed'}:`);
  for (const change of plan.changes) context.report.note(`  ${change}`);
  for (const sentence of keptSentences(plan)) context.report.note(sentence);
  if (dryRun) return { status: 'planned', services: plan.services };
  await request.confirm?.(plan.changes);
  await removeAll(context, { ...request, environment, plan, remains });
  return { status: 'done', services: plan.services };
}

function serversOf({ services, proxy }: Project, only: string | undefined): string[] {
  // What drayage.yml does not have any more may be anywhere in the environment.
  const chosen = services.some(({ name }) => name === only) ? services.filter(({ name }) => name === only) : services;
  return [...new Set([...chosen.flatMap(({ deploy }) => deploy.servers), ...(proxy?.servers ?? [])])];
}

const serverNames = (servers: readonly Server[]) => servers.map(({ name }) => name).join(', ') || 'no server';

interface Removal extends TeardownRequest {
  readonly environment: Owner;
  readonly plan: TeardownPlan;
  readonly remains: readonly Remains[];
}

/** Under the locks of all services at once: none of them can be deployed again meanwhile. */
async function removeAll(context: Context, removal: Removal): Promise<void> {
  const { environment, plan, remains, project } = removal;
  const servers = remains.map(({ server }) => server);
  const leases = new Map<string, Lease>();
  try {
    const locks = plan.services.map((service) => resourceName({ ...environment, service }));
    if (locks.length === 0) locks.push(networkName(environment));
    await context.report.phase('Take the locks', async (phase) => {
      for (const name of locks.toSorted()) leases.set(name, await lock(context, removal, servers, name, phase));
    });
    const failures: DrayageError[] = [];
    for (let at = 0; at < plan.services.length; at += side) {
      const some = plan.services.slice(at, at + side);
      const settled = await Promise.allSettled(some.map((service) => removeOne(context, removal, service, leases)));
      for (const one of settled) {
        if (one.status === 'fulfilled') continue;
        if (!(one.reason instanceof DrayageError) || one.reason.code === 'CANCELLED') throw one.reason;
        failures.push(one.reason);
      }
    }
    throwAll(failures);
    const lease = leases.get(locks[0] ?? '');
    if (lease === undefined || (!plan.network && plan.volumes.size === 0)) return;
    await context.report.phase(`Remove the environment ${project.environment}`, (phase) =>
      removeEnvironment(context, phase, { environment, plan, servers: remains, lease }),
    );
  } finally {
    await Promise.all([...leases.values()].map((lease) => lease.release()));
  }
}

function lock(
  context: Context,
  { lockWait }: Removal,
  servers: readonly Server[],
  name: string,
  phase: Phase,
): Promise<Lease> {
  return acquireAll(servers, name, context.run, {
    signal: context.signal,
    wait: lockWait ?? usualWait,
    onWait: ({ serverName, who, since }) =>
      phase.note(`waiting for the lock of ${name} on ${serverName}, which ${who} holds since ${since}`),
  });
}

/** The proxies first, so that no request is on its way to what stops. */
async function removeOne(
  context: Context,
  { environment, remains, project }: Removal,
  service: string,
  leases: ReadonlyMap<string, Lease>,
): Promise<void> {
  const owner = { ...environment, service };
  const resource = resourceName(owner);
  const lease = leases.get(resource);
  if (lease === undefined) throw new DrayageError('INTERNAL_BUG', `The lock of ${resource} is not held.`);
  const found = remains.flatMap(({ services }) => services.get(service) ?? []);
  const deploy = project.services.find(({ name }) => name === service)?.deploy;
  const longest = (values: readonly (number | undefined)[], otherwise: number) => {
    const known = values.filter((value) => value !== undefined);
    return known.length === 0 ? otherwise : Math.max(...known);
  };
  const drain = longest(
    found.map((each) => each.drain),
    deploy?.drain ?? 10_000,
  );
  const stopGracePeriod = longest(
    found.map((each) => each.stopGracePeriod),
    deploy?.stopGracePeriod ?? 30_000,
  );
  const { type } = project.proxy ?? {};
  const usual = type === undefined || type === 'external' ? 'caddy' : type;
  const id = newDeploymentId();
  const named = { resource, network: networkName(environment), owner: ownerLabels(owner) };
  await context.report.phase(`${service}: remove`, async (phase) => {
    const removeRoutes = () =>
      Promise.all(
        remains
          .filter(({ services, proxy }) => proxy !== undefined || services.get(service)?.hasRoute === true)
          .map(({ server, proxy }) => removeDomains(context, phase, { server, kind: proxy ?? usual, service: named })),
      );
    await removeRoutes();
    await Promise.all(
      remains
        .filter(({ services, isManager }) => services.has(service) || isManager)
        .map(({ server, isManager }) =>
          removeService(context, phase, { id, server, owner, drain, stopGracePeriod, isManager, lease }),
        ),
    );
    // A run that was waited for has given up the lock of the service, and configured its domains since.
    await removeRoutes();
  });
}
