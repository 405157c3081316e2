import type { Context } from '../context.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { lifetimeOf } from '../registry/lifetime.ts';
import type { Phase } from '../report/report.ts';
import type { Server } from '../transport/server.ts';
import { NotTaken, runJobs } from './apply.ts';
import { withChange } from './diff.ts';
import type { NodeFacts } from './facts.ts';
import { needsTools } from './healthcheck.ts';
import type { Outcome, Roll } from './roll.ts';
import { hasFurtherNodes, spreadJob } from './spread.ts';
import { proxyJob, pullJob, swarmJob } from './swarm.ts';
import { planSwarm, type SwarmPlan } from './swarm-plan.ts';
import { tellPlan } from './tell.ts';

/** Rolls out on a Swarm, through one of its managers, once the image is on all nodes we have a connection to. */
export async function rollSwarm(context: Context, roll: Roll): Promise<Outcome<SwarmPlan>> {
  const { resource, run, head, lease, force } = roll;
  const manager = roll.nodes.find((node) => node.facts.swarm.manager);
  if (manager === undefined) throw new DrayageError('INTERNAL_BUG', 'A Swarm deployment has no manager.');
  const { server, facts } = manager;
  const ending = lifetimeOf(roll.registry);
  const lifetime = ending && { ...ending, host: roll.registry.host };
  const decide = (tools: ReadonlySet<string> | undefined) =>
    withChange(
      planSwarm({ server: server.name, resource, spec: run.spec, facts, tools, force, lifetime }),
      roll.change,
    );
  const first = decide(facts.tools);
  if (first.action === 'none') {
    context.report.note(`${head.service}: ${head.pinnedImage} runs as wanted; nothing to do.`);
    return { status: 'unchanged', plans: [first] };
  }
  return context.report.phase(`${head.service}: deploy`, async (phase) => {
    if (lease === undefined) {
      tellPlan(phase, first);
      return { status: 'planned', plans: [first] };
    }
    const spreads = lifetime !== undefined && hasFurtherNodes(roll.nodes);
    const isAlone = roll.nodes.length === 1 && !wantsTools(roll, facts) && !spreads;
    const pulled = isAlone
      ? undefined
      : Promise.all([pullOnAll(context, phase, roll), spreads ? spread(context, phase, roll, server) : undefined]);
    const tools = (await pulled)?.[0].get(server.name);
    const plan = decide(tools ?? facts.tools ?? new Set());
    tellPlan(phase, plan);
    const isSwitched = plan.slot !== undefined || plan.previousSlot !== undefined;
    const proxies = isSwitched ? roll.proxies.filter((proxy) => proxy !== server) : [];
    const jobs = [
      swarmJob(plan, {
        ...roll,
        server,
        facts,
        head: { ...head, mode: 'swarm' },
        pulls: isAlone,
        taking: lease.taking ?? '',
        guard: lease.guard(server.name),
        freeing: roll.ownsLease ? lease.freeing(server.name) : '',
        together: proxies.length > 0,
      }),
      ...proxies.map((proxy) =>
        proxyJob(plan, {
          server: proxy,
          id: head.id,
          resource,
          guard: lease.guard(proxy.name),
          timeout: run.spec.timeout,
        }),
      ),
    ];
    try {
      await runJobs(context, phase, jobs, lease);
    } catch (error) {
      if (error instanceof NotTaken) return { status: 'overtaken', plans: [plan] };
      throw error;
    }
    return { status: 'done', plans: [plan] };
  });
}

/** Resolves with what the image offers to health checks, as each node found it. */
async function pullOnAll(
  context: Context,
  phase: Phase,
  roll: Roll,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { head, resource, run, registryAuth, lease, fresh } = roll;
  const jobs = roll.nodes.map(({ server, facts }) =>
    pullJob({
      server,
      id: head.id,
      resource,
      image: head.pinnedImage,
      platform: facts.engine.platform,
      timeout: run.spec.timeout,
      registryAuth,
      fresh,
      wantsTools: wantsTools(roll, facts),
    }),
  );
  const outcomes = await Promise.all(jobs.map((job) => runJobs(context, phase, [job], lease)));
  const found = new Map<string, ReadonlySet<string>>();
  for (const { server, events } of outcomes.flat()) {
    const tools = events.find((event) => event.event === 'tools');
    if (tools !== undefined) found.set(server, new Set(tools.tools.split(' ').filter((tool) => tool !== '')));
  }
  return found;
}

/** While the password counts, the image comes to all nodes: Swarm may move a task to any of them later. */
async function spread(context: Context, phase: Phase, roll: Roll, server: Server): Promise<void> {
  const { head, run, owner, resource, nodes, registryAuth, lease } = roll;
  const job = spreadJob({ server, id: head.id, owner, resource, spec: run.spec, nodes, registryAuth });
  await runJobs(context, phase, [job], lease);
}

/** Whether it has yet to be learned what the image offers to health checks. */
function wantsTools({ run }: Roll, facts: NodeFacts): boolean {
  return facts.swarm.manager && facts.tools === undefined && needsTools(run.spec.readiness);
}
