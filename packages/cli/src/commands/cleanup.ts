import type { Command } from '@drayage/core/host/command';
import { declaration } from '@drayage/core/host/input/declaration';
import { duration, flag, number, size, text } from '@drayage/core/host/input/pieces';
import { connectionInputs, dryRunInput, projectInputs, runInputs, serversInput } from '@drayage/core/host/input/shared';
import * as z from 'zod';

/** How much stays. */
export const keepStorageInput = {
  'keep-storage': size('Build cache that stays on each build server; what was not used for longest goes first.', {
    otherwise: '10GB',
  }),
};

export const waitInput = {
  wait: duration('How long builds that run are waited for; then that server is left as it is.', { otherwise: '5m' }),
};

export const cleanupInputs = {
  keep: number(
    'Images that stay of each service, besides those that containers and kept deployments use; also how many deployments are kept.',
    { min: 1, max: 1000, otherwise: '`deploy.keep` of the service, which is 10' },
  ),
  ...keepStorageInput,
  'older-than': duration('Copies of sources and git mirrors go when they were not used for so long.', {
    otherwise: '30d',
  }),
  'when-below': size('Does nothing on a server that has more free disk than this.', { otherwise: 'always cleans up' }),
  'old-tags': flag('Remove old tags of the services from their registries too.', { otherwise: 'true' }),
  ...waitInput,
};

export const cleanupOutputs = {
  freed: 'Bytes that a cleanup freed on the servers.',
  removed: 'How many images, containers, folders and tags a cleanup removed.',
};

const cleanup = declaration({
  name: 'cleanup',
  summary: 'Remove what nobody needs any more from servers and registries.',
  description:
    'Images of each service beyond the last ones, stopped containers that no deployment needs, build cache beyond a size, sources that were not used for long, tags of old commits in the registry. What runs, what a kept deployment refers to, and what belongs to anybody else stays. Never while a build runs.',
  inputs: z.object({
    service: text('Only this service.', { otherwise: 'all services' }),
    ...serversInput('Servers to clean up', 'all servers of drayage.yml'),
    ...cleanupInputs,
    ...dryRunInput,
    ...projectInputs,
    ...connectionInputs,
    ...runInputs,
  }),
  outputs: cleanupOutputs,
  deploys: false,
  examples: ['cleanup --dry-run', 'cleanup --keep 3 --keep-storage 5GB', 'cleanup --when-below 20GB'],
});

export const command: Command<(typeof cleanup)['inputs']['shape']> = {
  declaration: cleanup,

  async run({ inputs, context, ...call }) {
    const project = await call.project();
    const { serverName } = await import('@drayage/core/host/input/overrides');
    const servers = inputs.servers?.map(serverName);
    await call.warm(servers ?? Object.keys(project.servers));
    const { cleanUp } = await import('@drayage/core/upkeep/cleanup');
    const dryRun = inputs['dry-run'] === true;
    const cleaned = await cleanUp(context, {
      project,
      servers,
      services: inputs.service === undefined ? undefined : [inputs.service],
      keep: inputs.keep,
      keepStorage: inputs['keep-storage'] ?? 10 * 1024 ** 3,
      olderThan: inputs['older-than'] ?? 30 * 86_400_000,
      whenBelow: inputs['when-below'],
      wait: inputs.wait ?? 5 * 60_000,
      registries: inputs['old-tags'] ?? true,
      dryRun,
    });
    if (dryRun) return {};
    const freed = cleaned.reduce((sum, one) => sum + one.freed, 0);
    const removed = cleaned.reduce((sum, one) => sum + one.removed.length, 0);
    return { outputs: { freed: String(freed), removed: String(removed) } };
  },
};
