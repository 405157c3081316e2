import type { Project, ServiceSpec } from '../config/model.ts';
import { networkName, ownerLabels, ownerOf, resourceName } from '../config/names.ts';
import type { Context } from '../context.ts';
import type { DomainsAhead } from './ahead.ts';

export interface WithdrawalRequest {
  readonly project: Project;
  readonly service: ServiceSpec;
  /** Decide and report, change nothing. */
  readonly dryRun?: boolean;
  /** What was learned before the service was deployed. */
  readonly ahead: Pick<DomainsAhead, 'leftovers'>;
}

/**
 * Takes a service whose last domain was deleted from drayage.yml off the proxies. Says nothing and asks nobody where none
 * serves it. Returns what went (in a dry run: what would go), one line each. Throws PROXY_NOT_RUNNING, PROXY_REFUSED,
 * DOMAIN_TAKEN, LOCK_HELD or LOCK_LOST.
 */
export async function withdrawDomains(
  context: Context,
  { project, service, dryRun, ahead: { leftovers } }: WithdrawalRequest,
): Promise<string[]> {
  const kind = project.proxy?.type;
  if (leftovers.length === 0 || kind === undefined || kind === 'external') return [];
  const owner = ownerOf(project, service);
  const gone = { resource: resourceName(owner), network: networkName(owner), owner: ownerLabels(owner) };
  await context.report.phase(`Remove the domains of ${service.name}`, async (phase) => {
    await Promise.all(
      leftovers.map(async ({ server, changes }) => {
        if (dryRun === true) {
          for (const change of changes) phase.note(`${server.name}: ${change}`);
          return;
        }
        // Few deployments take a route away.
        const { removeDomains } = await import('./remove.ts');
        await removeDomains(context, phase, { server, kind, service: gone });
      }),
    );
  });
  return leftovers.flatMap(({ server, changes }) => changes.map((change) => `${server.name}: ${change}`));
}
