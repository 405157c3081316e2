import { DrayageError } from '@drayage/core/errors/drayage-error';
import type { Command } from '@drayage/core/host/command';
import { declaration } from '@drayage/core/host/input/declaration';
import { flag, text } from '@drayage/core/host/input/pieces';
import { connectionInputs, dryRunInput, projectInputs, runInputs, yesInput } from '@drayage/core/host/input/shared';
import * as z from 'zod';
import { deployServers } from '../../../../actions/deploy-service/inputs.ts';

const teardown = declaration({
  name: 'teardown',
  summary: 'Remove a service from an environment, or the whole environment: routes, containers, secrets, history.',
  description:
    'Only what Drayage made for exactly this organization, project and environment. Named volumes stay unless `volumes` is given. On a terminal it asks first.',
  inputs: z.object({
    service: text('Only this service, also one that drayage.yml does not have any more.', {
      otherwise: "all services, and the environment's network",
    }),
    volumes: flag('Named volumes too, with all data in them.', { otherwise: 'false' }),
    ...yesInput,
    ...dryRunInput,
    ...deployServers,
    ...projectInputs,
    environment: text('Environment of drayage.yml; it has to be named.'),
    ...connectionInputs,
    ...runInputs,
  }),
  outputs: { status: 'done, unchanged or planned.' },
  deploys: false,
  examples: [
    'teardown --environment staging',
    'teardown --environment staging --service web --dry-run',
    'teardown --environment review --volumes --yes',
  ],
});

export const command: Command<(typeof teardown)['inputs']['shape']> = {
  declaration: teardown,

  async run({ inputs, context, ...call }) {
    const { service, volumes, 'dry-run': dryRun, environment } = inputs;
    if (environment === undefined) {
      throw new DrayageError(
        'INPUT_INVALID',
        'The input "environment" is missing: a teardown has to be told which environment to remove.',
        { hint: 'Look first: drayage teardown --environment staging --dry-run' },
      );
    }
    const project = await call.project();
    await call.warm([...project.services.flatMap(({ deploy }) => deploy.servers), ...(project.proxy?.servers ?? [])]);
    const { teardown: remove } = await import('@drayage/core/pipeline/teardown');
    const confirm = async () => {
      const { confirmed } = await import('../confirm.ts');
      const question = `Remove ${service ?? 'all of it'} from ${environment}? Type yes`;
      if (inputs.yes !== true) await confirmed(question, context.signal);
    };
    const { status } = await remove(context, { project, service, volumes, dryRun, confirm });
    return { outputs: { status } };
  },
};
