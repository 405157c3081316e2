import type { Command } from '@drayage/core/host/command';
import { declaration } from '@drayage/core/host/input/declaration';
import { flag, text } from '@drayage/core/host/input/pieces';
import { connectionInputs, githubInputs, projectInputs, runInputs } from '@drayage/core/host/input/shared';
import * as z from 'zod';
import { deployServers } from '../../../../actions/deploy-service/inputs.ts';

const plan = declaration({
  name: 'plan',
  summary: 'Show what up would change, field by field, without changing anything.',
  inputs: z.object({
    service: text('Only this service.', { otherwise: 'all services' }),
    'detailed-exitcode': flag('Exit with 2 when something would change.', { otherwise: 'false' }),
    ...githubInputs,
    ...deployServers,
    ...projectInputs,
    ...connectionInputs,
    ...runInputs,
  }),
  changesNothing: true,
  outputs: { status: 'unchanged or planned.' },
  examples: ['plan', 'plan --service web --detailed-exitcode'],
});

export const command: Command<(typeof plan)['inputs']['shape']> = {
  declaration: plan,

  async run(call) {
    const { service, 'detailed-exitcode': detailed } = call.inputs;
    const { wouldChange } = await import('../up.ts');
    const changes = await wouldChange({ ...call, inputs: { service } });
    return { outputs: { status: changes ? 'planned' : 'unchanged' }, exitStatus: changes && detailed === true ? 2 : 0 };
  },
};
