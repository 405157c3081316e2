import type { Context } from '../context.ts';
import { movingTags } from '../registry/tags.ts';
import type { Report } from '../report/report.ts';
import type { Destination } from './plan.ts';
import type { PushRequest } from './request.ts';

/** Runs that have been warned: several services would say the same. */
const warned = new WeakSet<Report>();

/**
 * In production a tag that moves deserves a word, once a run: what Drayage deploys is pinned by digest, but whoever else pulls the tag gets
 * another image from one day to the next.
 */
export function warnOfMovingTags(
  { report }: Context,
  { project, git }: PushRequest,
  { repository }: Destination,
  tags: readonly string[],
  commit: string | undefined,
): void {
  const [first] = movingTags(tags, commit ?? git.sha);
  if (project.environment !== 'production' || first === undefined || warned.has(report)) return;
  warned.add(report);
  report.warn(
    `${repository}:${first} moves with every push: this deployment is pinned by digest, but whoever else pulls the tag in production gets whatever was pushed last.`,
  );
}
