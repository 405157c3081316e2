import { declaration } from '@drayage/core/host/input/declaration';
import { choice, flag, text } from '@drayage/core/host/input/pieces';
import { yesInput } from '@drayage/core/host/input/shared';
import * as z from 'zod';
import { cleanupInputs, cleanupOutputs } from './commands/cleanup.ts';
import { upInputs, upOutputs } from './commands/up.ts';

/** What the root action can do; the rest of its inputs are those of `up`. */
export const rootCommands = [
  'up',
  'plan',
  'rollback',
  'redeploy',
  'teardown',
  'history',
  'status',
  'doctor',
  'cleanup',
] as const;

/** The inputs of the root action: those of every command it can run. A contract test holds the union complete. */
export const rootAction = declaration({
  name: 'drayage',
  summary: 'Set servers up, build, push, deploy and route your containers over SSH, without a control plane.',
  inputs: z.object({
    command: choice(rootCommands, 'What to do.', { otherwise: 'up' }),
    ...upInputs,
    environment: text('Environment of drayage.yml; teardown has to be told it.', { otherwise: 'production' }),
    to: text('rollback: id of the deployment to go back to, or its beginning.', {
      otherwise: 'the last good one that differs from the current one',
    }),
    'refresh-secrets': flag('rollback, redeploy: take secrets from drayage.yml instead of the stored ones.'),
    'detailed-exitcode': flag('plan: exit with 2 when something would change.'),
    volumes: flag('teardown: remove named volumes too, with all data in them.'),
    ...yesInput,
    json: flag('history, status, doctor: print JSON.'),
    ...cleanupInputs,
  }),
  outputs: { ...upOutputs, ...cleanupOutputs },
  examples: [],
});
