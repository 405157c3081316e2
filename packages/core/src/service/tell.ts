import type { Phase } from '../report/report.ts';
import { formatChange } from './diff.ts';
import type { StandalonePlan } from './plan.ts';
import type { SwarmPlan } from './swarm-plan.ts';

/** A plan in lines: how, field by field what changes, and what the reader should know. */
export function tellPlan(phase: Phase, plan: StandalonePlan | SwarmPlan): void {
  if (plan.action === 'none') {
    phase.note(`${plan.server}: runs as wanted; nothing to do`);
    return;
  }
  const slot = plan.slot === undefined ? '' : `, slot ${plan.slot}`;
  phase.note(`${plan.server}: ${plan.mode}, ${plan.strategy}${slot}`);
  for (const change of plan.changes) phase.note(`  ${formatChange(change)}`);
  for (const note of plan.notes) phase.note(`  Note: ${note}`);
}
