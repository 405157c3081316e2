import type { Project, ServerSpec } from '../config/model.ts';
import { pickServers } from '../config/pick.ts';
import type { Context } from '../context.ts';
import { DrayageError, ManyErrors, throwAll } from '../errors/drayage-error.ts';
import { startGuardScript } from '../proxy/guard.ts';
import type { Phase } from '../report/report.ts';
import type { Server } from '../transport/server.ts';
import { applySteps } from './apply.ts';
import { type BuildkitReport, setupBuildkit } from './buildkit/setup.ts';
import { readFacts, type ServerFacts } from './facts.ts';
import { type Item, incomplete, itemsOfFacts, printItems } from './items.ts';
import { planSetup, type SetupPlan } from './plan.ts';
import { applySwarm, planSwarm } from './swarm.ts';
import { tryServer } from './validate.ts';
import { type SetupMode, type SetupRole, swarmServers, type Wish, wishFor } from './wish.ts';

export interface SetupRequest {
  readonly project: Project;
  /** Names; by default every server with the role. */
  readonly servers?: readonly string[];
  /** undefined: what each server's own role and use say. */
  readonly role?: SetupRole;
  /** `auto` does what is missing and never restarts a running engine; `never` only looks; `always` does all and tries it by use. */
  readonly mode: SetupMode;
  /** Makes a Swarm of the deploy servers even where no service asks for it. */
  readonly swarm?: boolean;
  /** Decide and report, change nothing. */
  readonly dryRun?: boolean;
  /** Where given, nothing is changed before it resolves. */
  readonly reachable?: Promise<unknown>;
}

export interface ServerReport {
  readonly server: string;
  /** Titles of what was done (or would be, in a dry run); empty: nothing had to be. */
  readonly changed: readonly string[];
  readonly advice: readonly string[];
  readonly items: readonly Item[];
}

interface Work {
  readonly server: Server;
  readonly wish: Wish;
  readonly facts: ServerFacts;
  readonly plan: SetupPlan;
  readonly daemon?: BuildkitReport;
}

/**
 * Sets servers up, side by side, and checks them afterwards. With nothing to do it costs one round trip a server.
 * Throws SETUP_INCOMPLETE, SETUP_FAILED, SETUP_NO_PRIVILEGE, SERVER_UNSUPPORTED, PROXY_PORT_TAKEN or SWARM_FAILED, all of
 * them at once where several servers have one.
 */
export async function setupServers(context: Context, request: SetupRequest): Promise<ServerReport[]> {
  const { project, mode } = request;
  const specs = chosenServers(request);
  const deploying = specs.filter((spec) => roleOf(request, spec) !== 'build').map(({ name }) => name);
  const swarm = swarmServers(project, request.swarm === true, deploying);
  const act = mode !== 'never' && request.dryRun !== true;

  const works = await all(specs, async (spec): Promise<Work> => {
    const work = await look(context, request, spec, swarm.includes(spec.name));
    if (!act || work.plan.steps.length === 0) return work;
    await request.reachable;
    return context.report.phase(`Set up ${spec.name}`, async (phase) => {
      await applySteps(context, work.server, work.plan.steps, phase);
      return { ...work, facts: await readFacts(work.server, questionFor(project, work.wish)) };
    });
  });

  await request.reachable;
  const joined = act ? await formSwarm(context, request, works, swarm) : [];
  return all(works, async (work) => {
    const daemon = await setUpDaemon(context, request, work);
    return conclude(context, request, { ...work, daemon }, joined.includes(work.server.name));
  });
}

/** A buildkitd of its own, where the server is declared to have one. */
async function setUpDaemon(context: Context, request: SetupRequest, work: Work): Promise<BuildkitReport | undefined> {
  const { project, mode, dryRun = false } = request;
  const server = project.servers[work.server.name];
  const spec = server?.buildkit;
  if (spec?.address === undefined || server === undefined || !work.wish.builds) return undefined;
  // Before the engine is there, nothing more can be foreseen.
  if (work.facts.docker?.engine === undefined) return { changed: ['Start buildkitd: there is none'], items: [] };
  return setupBuildkit(context, { project, server, spec, mode, dryRun });
}

async function look(context: Context, request: SetupRequest, spec: ServerSpec, swarm: boolean): Promise<Work> {
  const server = await context.connect(spec.name);
  const { stateDir, privilege } = server.account;
  const mayBeRoot = privilege === 'root' || privilege === 'sudo';
  const wish = wishFor(request.project, spec, { role: roleOf(request, spec), swarm, stateDir });
  const facts = await readFacts(server, questionFor(request.project, wish));
  return {
    server,
    wish,
    facts,
    plan: planSetup({ facts, wish, mode: request.mode, server: spec.name, stateDir, mayBeRoot }),
  };
}

/**
 * Members of a Swarm need their engines first, so this comes after all of them are set up. Who leads is decided over all
 * members, also those that this run was not asked to set up. Returns who joined.
 */
async function formSwarm(
  context: Context,
  request: SetupRequest,
  works: readonly Work[],
  swarm: readonly string[],
): Promise<readonly string[]> {
  const chosen = works.filter(({ wish }) => wish.swarm);
  let joined: readonly string[] = [];
  if (chosen.some(({ facts }) => facts.docker?.swarm.state !== 'active')) {
    const others = Object.values(request.project.servers).filter(
      ({ name }) => swarm.includes(name) && !works.some(({ server }) => server.name === name),
    );
    const members = [...chosen, ...(await all(others, (spec) => look(context, request, spec, true)))];
    members.sort((one, other) => swarm.indexOf(one.server.name) - swarm.indexOf(other.server.name));
    const plan = planSwarm(members);
    if (plan !== undefined) joined = await context.report.phase('Form the Swarm', () => applySwarm(context, plan));
  }
  const unguarded = chosen.filter(({ wish, facts }) => wish.proxy !== undefined && !facts.guard);
  await all(unguarded, ({ server }) =>
    server.script(startGuardScript(), { purpose: 'Starting the guard of the proxy' }),
  );
  return joined;
}

async function conclude(context: Context, request: SetupRequest, work: Work, joined: boolean): Promise<ServerReport> {
  const { server, wish, plan, daemon } = work;
  const { project, mode } = request;
  const acted = mode !== 'never' && request.dryRun !== true;
  const changed = [
    ...plan.steps.map(({ title }) => title),
    ...(joined ? ['Join the Swarm'] : []),
    ...(daemon?.changed ?? []),
  ];
  const facts = joined ? await readFacts(server, questionFor(project, wish)) : work.facts;
  const known = [...itemsOfFacts(facts, wish), ...(daemon?.items ?? [])];
  const trying = acted && (mode === 'always' || changed.length > 0) && incomplete(server.name, known) === undefined;
  const tell = (items: readonly Item[], phase: Phase) => {
    for (const line of printItems(items)) phase.note(line);
    for (const line of plan.advice) phase.note(`advice: ${line}`);
  };
  const items = trying
    ? await context.report.phase(`Try ${server.name}`, async (phase) => {
        const tried = [...known, ...(await tryServer(context, server, { project, builds: wish.builds }))];
        tell(tried, phase);
        return tried;
      })
    : known;
  if (acted && changed.length === 0) context.report.note(`${server.name}: set up already, nothing to do.`);
  if (acted || mode === 'never') throwAll([incomplete(server.name, items)].filter((error) => error !== undefined));
  return { server: server.name, changed: mode === 'never' ? [] : changed, advice: plan.advice, items };
}

function chosenServers({ project, servers, role }: SetupRequest): ServerSpec[] {
  if (servers === undefined) {
    const has = (spec: ServerSpec) =>
      // Of one without a host there is nothing but its buildkitd to be reached.
      spec.host !== '' && (role === undefined || role === 'both' || spec.role === role || spec.role === 'both');
    return Object.values(project.servers).filter(has);
  }
  return [...pickServers(project, servers)];
}

const roleOf = (request: SetupRequest, spec: ServerSpec): SetupRole => request.role ?? spec.role;

export const questionFor = (project: Project, wish: Wish) => ({
  ports: wish.proxy !== undefined,
  registries: Object.values(project.registries).flatMap(({ host, ca }) => (ca === undefined ? [] : [host])),
});

/** Side by side; every failure is reported, not only the first. */
async function all<T, R>(values: readonly T[], work: (value: T) => Promise<R>): Promise<R[]> {
  const results = await Promise.allSettled(values.map(work));
  const failures = results.flatMap((result): unknown[] => (result.status === 'rejected' ? [result.reason] : []));
  const known = failures.flatMap((error): unknown[] => (error instanceof ManyErrors ? [...error.errors] : [error]));
  const foreign = known.find((error) => !(error instanceof DrayageError));
  if (foreign !== undefined) throw foreign;
  throwAll(known.filter((error) => error instanceof DrayageError));
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}
