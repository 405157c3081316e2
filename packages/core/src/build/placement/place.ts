import { setTimeout as sleep } from 'node:timers/promises';
import type { Project, ServerSpec, ServiceSpec } from '../../config/model.ts';
import { isBuiltRemotely, pickServers } from '../../config/pick.ts';
import type { Context } from '../../context.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { checkBuilder, remoteBuilder } from '../remote/connection.ts';
import { buildRecordPath } from '../skip/record-path.ts';
import { type BuilderFacts, readBuilderFacts } from './facts.ts';
import { type Candidate, type Placement, planPlacement } from './plan.ts';

/** Milliseconds that servers get to answer after the first has: one that is down must not hold up the others. */
const patience = 3000;

/**
 * Where a service is built. With one server and at most one platform there is nothing to ask. Throws what planPlacement throws, and what connecting to the only
 * server throws.
 */
export async function placeBuild(context: Context, project: Project, service: ServiceSpec): Promise<Placement> {
  const { servers = [], platforms = [] } = service.build ?? {};
  const [first] = servers;
  if (first === undefined) {
    throw new DrayageError('BUILD_IMPOSSIBLE', `Service ${service.name} names no build server.`, {
      hint: 'Declare a server with role: build, or name one under build.servers.',
      at: service.at,
    });
  }
  if (servers.length === 1 && platforms.length <= 1) {
    return { assignments: [{ server: first, platform: platforms[0] }], notes: [] };
  }
  return context.report.phase(`Choose where to build ${service.name}`, async (phase) => {
    const candidates = await askAll(context, project, service);
    const placement = planPlacement({ service: service.name, platforms }, candidates);
    for (const note of placement.notes) phase.note(note);
    const places = placement.assignments.map(({ server, platform }) =>
      platform === undefined ? server : `${platform} on ${server}`,
    );
    phase.note(places.join(', '));
    return placement;
  });
}

async function askAll(context: Context, project: Project, service: ServiceSpec): Promise<Candidate[]> {
  const { servers = [], driver = 'auto' } = service.build ?? {};
  const specs = pickServers(project, servers);
  const record = buildRecordPath(project, service);
  const answers = new Map<string, Candidate>();
  const asked = specs.map(async (spec) => {
    try {
      const facts = isBuiltRemotely(driver, spec)
        ? await remoteFacts(context, spec)
        : await readBuilderFacts(await context.connect(spec.name), spec.slots, record, context.signal);
      answers.set(spec.name, { spec, facts });
    } catch (error) {
      if (!(error instanceof DrayageError) || context.signal.aborted) throw error;
      answers.set(spec.name, { spec, failure: error });
      // Only the others count for the first answer.
      if (answers.size < specs.length) throw error;
    }
  });
  const all = Promise.allSettled(asked);
  await Promise.race([
    all,
    Promise.any(asked)
      .then(() => Promise.race([all, sleep(patience)]))
      .catch(() => all),
  ]);
  context.signal.throwIfAborted();
  return specs.map((spec) => answers.get(spec.name) ?? { spec });
}

/** A buildkitd without SSH tells nothing but that it accepts us; what it builds natively is declared. */
async function remoteFacts({ signal }: Context, { name, buildkit, platforms }: ServerSpec): Promise<BuilderFacts> {
  if (buildkit !== undefined) await checkBuilder(remoteBuilder(name, buildkit), signal);
  const unknown = Number.POSITIVE_INFINITY;
  const platform = platforms[0] ?? 'linux/amd64';
  return { platform, freeDisk: unknown, freeMemory: unknown, freeSlots: 1, builtAt: undefined };
}
