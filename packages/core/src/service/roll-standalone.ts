import type { Context } from '../context.ts';
import { NotTaken, runJobs } from './apply.ts';
import { withChange } from './diff.ts';
import { planStandalone, type StandalonePlan } from './plan.ts';
import type { Outcome, Roll } from './roll.ts';
import { standaloneJob } from './standalone.ts';
import { tellPlan } from './tell.ts';

/** Rolls out on nodes without Swarm: each has its own containers; all switch, or none. */
export async function rollStandalone(context: Context, roll: Roll): Promise<Outcome<StandalonePlan>> {
  const { owner, resource, run, head, lease } = roll;
  const nodes = roll.nodes.map((node) => ({
    ...node,
    plan: withChange(planStandalone(node.server.name, run.spec, node.facts, roll.force), roll.change),
  }));
  const plans = nodes.map((node) => node.plan);
  const changing = nodes.filter((node) => node.plan.action !== 'none');
  if (changing.length === 0) {
    context.report.note(`${head.service}: ${head.pinnedImage} runs as wanted; nothing to do.`);
    return { status: 'unchanged', plans };
  }
  return context.report.phase(`${head.service}: deploy`, async (phase) => {
    for (const plan of plans) tellPlan(phase, plan);
    if (lease === undefined) return { status: 'planned', plans };
    const jobs = changing.map(({ server, facts, plan }) =>
      standaloneJob(plan, {
        server,
        facts,
        owner,
        resource,
        run,
        head: { ...head, mode: 'standalone' },
        registryAuth: roll.registryAuth,
        fresh: roll.fresh,
        taking: lease.taking ?? '',
        guard: lease.guard(server.name),
        freeing: roll.ownsLease ? lease.freeing(server.name) : '',
        together: changing.length > 1,
      }),
    );
    try {
      await runJobs(context, phase, jobs, lease);
    } catch (error) {
      if (error instanceof NotTaken) return { status: 'overtaken', plans };
      throw error;
    }
    return { status: 'done', plans };
  });
}
