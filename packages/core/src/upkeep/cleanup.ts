import type { Project } from '../config/model.ts';
import { pickServers } from '../config/pick.ts';
import type { Context } from '../context.ts';
import { DrayageError, ManyErrors, throwAll } from '../errors/drayage-error.ts';
import { readableSize } from '../report/size.ts';
import { acquireAll, type Lease } from '../transport/lease.ts';
import type { Server } from '../transport/server.ts';
import { type Applied, applyPlan } from './apply.ts';
import { pruneLines } from './builder/drivers.ts';
import { lookAt, type ServerLook } from './look.ts';
import { type Needed, neededBy } from './needed.ts';
import { isEmpty, planServer, type ServerPlan } from './plan.ts';
import { cleanRegistries } from './registry/clean.ts';
import { type ServiceScope, scopesOf } from './scope.ts';
import { describeThing, exactSize, imageName, type Thing, thingsOf } from './tell.ts';

export interface CleanupRequest {
  readonly project: Project;
  /** Names; all of the project by default. */
  readonly servers?: readonly string[];
  readonly services?: readonly string[];
  /** Images and deployments that stay of each service; its `deploy.keep` by default. */
  readonly keep?: number;
  /** Bytes of build cache that stay on each build server. */
  readonly keepStorage: number;
  /** Milliseconds since their last use from which copies of sources and git mirrors go. */
  readonly olderThan: number;
  /** Bytes: servers with more free disk are left as they are. */
  readonly whenBelow?: number;
  /** Milliseconds to wait for builds that run. */
  readonly wait: number;
  /** Whether old tags are removed from registries. */
  readonly registries: boolean;
  readonly dryRun: boolean;
}

export interface Cleaned {
  /** A server, or a repository. */
  readonly place: string;
  /** Bytes; in a dry run what would be freed at least. */
  readonly freed: number;
  readonly removed: readonly Thing[];
}

/** A server that answered. */
export interface Looked {
  readonly server: Server;
  readonly look: ServerLook;
}

/**
 * Removes from servers and registries what nobody needs any more. Each place is on its own: what fails is thrown at the
 * end, all at once. Throws INPUT_INVALID, CLEANUP_FAILED, DOCKER_UNREACHABLE, REGISTRY_*, and what connecting throws.
 */
export async function cleanUp(context: Context, request: CleanupRequest): Promise<readonly Cleaned[]> {
  const { project } = request;
  const targets =
    request.servers === undefined ? Object.values(project.servers) : pickServers(project, request.servers);
  const scopes = scopesOf(project, request);
  const names = new Set(targets.map(({ name }) => name));
  const failures: DrayageError[] = [];
  const looked = await lookAround(context, request, [...names, ...serversToKnow(request, scopes)], failures);
  const known = scopes.filter(({ service, nodes }) => {
    const missing = nodes.filter((node) => !looked.some(({ server }) => server.name === node));
    if (missing.length > 0) {
      context.report.warn(`${service} is left as it is: what ${missing.join(', ')} needs of it is not known.`);
    }
    return missing.length === 0;
  });
  const needed = neededBy(
    looked.map(({ look }) => look),
    known,
  );
  const places = looked.filter(({ server }) => names.has(server.name));
  const done = await settle(
    places.map((place) => cleanServer(context, request, place, known, needed)),
    failures,
  );
  const registries = request.registries
    ? await cleanRegistries(context, { ...request, scopes: known, looked, needed, failures })
    : [];
  const cleaned = [...done.filter((one) => one !== undefined), ...registries];
  conclude(context, request, cleaned);
  throwAll(failures);
  return cleaned;
}

/** Every server that may refer to an image of the services: whoever runs one, and for tags in a registry whoever deploys at all. */
function serversToKnow({ project, registries }: CleanupRequest, scopes: readonly ServiceScope[]): string[] {
  const deploying = Object.values(project.servers).filter(({ role }) => role !== 'build');
  const pushed = registries && project.services.some(({ image }) => image !== undefined);
  return [...scopes.flatMap(({ nodes }) => nodes), ...(pushed ? deploying.map(({ name }) => name) : [])];
}

async function lookAround(
  context: Context,
  { project, olderThan }: CleanupRequest,
  names: readonly string[],
  failures: DrayageError[],
): Promise<Looked[]> {
  const look = async (name: string): Promise<Looked> => {
    const server = await context.connect(name);
    return { server, look: await lookAt(context, server, { project: project.name, olderThan }) };
  };
  return context.report.phase('Look what is not needed any more', () =>
    settle([...new Set(names)].map(look), failures),
  );
}

async function cleanServer(
  context: Context,
  request: CleanupRequest,
  { server, look }: Looked,
  scopes: readonly ServiceScope[],
  needed: Needed,
): Promise<Cleaned | undefined> {
  const { report } = context;
  const { project, whenBelow, keepStorage } = request;
  const spec = project.servers[server.name];
  if (whenBelow !== undefined && look.disk.free >= whenBelow) {
    report.note(
      `${server.name}: ${readableSize(look.disk.free)} are free, so it is left as it is until less than ${readableSize(whenBelow)} are.`,
    );
    return undefined;
  }
  const builds = spec?.role !== 'deploy';
  const planFor = (chosen: readonly ServiceScope[]) =>
    planServer({ look, needed, scopes: chosen, builds, keepStorage });
  const whole = planFor(scopes);
  if (isEmpty(whole)) {
    report.note(`${server.name}: nothing to clean up.`);
    return undefined;
  }
  return report.phase(`Clean up ${server.name}`, async (phase) => {
    for (const { image, why } of whole.spared) phase.note(`stays: ${imageName(image)}: ${why}`);
    if (request.dryRun) {
      const things = planned(whole, request);
      for (const thing of things) phase.note(`would remove ${describeThing(thing)}`);
      return { place: server.name, freed: things.reduce((sum, { bytes }) => sum + bytes, 0), removed: things };
    }
    const held = await lockAll(context, server, scopes, (line) => phase.note(line));
    let applied: Applied;
    try {
      applied = await applyPlan(
        context,
        server,
        // What only was built here needs no lock of those that run it.
        planFor(
          scopes.filter((scope) => !scope.nodes.includes(server.name) || held.some((one) => one.scope === scope)),
        ),
        {
          slots: builds ? (spec?.slots ?? 1) : undefined,
          wait: request.wait,
          olderThan: request.olderThan,
          builders: builds ? pruneLines(keepStorage) : '',
          leases: held.map(({ lease }) => lease),
        },
        phase,
      );
    } finally {
      await Promise.all(held.map(({ lease }) => lease.release()));
    }
    if (applied.busy) {
      report.warn(
        `${server.name}: builds are running, so nothing was removed there. Run again later, or raise --wait.`,
      );
      return undefined;
    }
    for (const thing of applied.removed) phase.note(`removed ${describeThing(thing)}`);
    phase.note(`${exactSize(applied.freed)} freed`);
    return { place: server.name, ...applied };
  });
}

/** What a plan takes, with the build cache, which the engine chooses from by age. */
function planned(plan: ServerPlan, { keepStorage }: CleanupRequest): Thing[] {
  const cache = {
    kind: 'cache',
    name: 'build cache',
    bytes: plan.cacheExcess,
    why: `what was not used for longest, beyond ${readableSize(keepStorage)}`,
  };
  return [...thingsOf(plan), ...(plan.cacheExcess > 0 ? [cache] : [])];
}

/** The locks of those services that nobody deploys just now; the others are left alone. */
async function lockAll(
  context: Context,
  server: Server,
  scopes: readonly ServiceScope[],
  tell: (line: string) => void,
): Promise<{ scope: ServiceScope; lease: Lease }[]> {
  const held: { scope: ServiceScope; lease: Lease }[] = [];
  for (const scope of scopes.filter(({ nodes }) => nodes.includes(server.name))) {
    try {
      held.push({ scope, lease: await acquireAll([server], scope.resource, context.run, { signal: context.signal }) });
    } catch (error) {
      if (!(error instanceof DrayageError) || error.code !== 'LOCK_HELD') {
        await Promise.all(held.map(({ lease }) => lease.release()));
        throw error;
      }
      tell(`${scope.service} is left as it is: ${error.message}`);
    }
  }
  return held;
}

function conclude({ report }: Context, { dryRun }: CleanupRequest, cleaned: readonly Cleaned[]): void {
  const freed = cleaned.reduce((sum, one) => sum + one.freed, 0);
  const count = cleaned.reduce((sum, one) => sum + one.removed.length, 0);
  if (count === 0) report.note('There is nothing to clean up.');
  else if (dryRun) {
    report.note(
      `Would remove ${count}, and free at least ${exactSize(freed)} on servers: layers that several of these images share are not counted.`,
    );
  } else report.note(`Removed ${count}, freed ${exactSize(freed)} on servers.`);
}

/** Those that succeeded, in their order; errors meant for the user go to `failures`, others are thrown. */
async function settle<T>(work: readonly Promise<T>[], failures: DrayageError[]): Promise<T[]> {
  const results = await Promise.allSettled(work);
  return results.flatMap((result) => {
    if (result.status === 'fulfilled') return [result.value];
    const { reason } = result;
    if (reason instanceof ManyErrors) failures.push(...reason.errors);
    else if (reason instanceof DrayageError) failures.push(reason);
    else throw reason;
    return [];
  });
}
