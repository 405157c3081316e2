import { pickService } from '@drayage/core/config/pick';
import type { Command } from '@drayage/core/host/command';
import { declaration } from '@drayage/core/host/input/declaration';
import { flag, text } from '@drayage/core/host/input/pieces';
import {
  connectionInputs,
  dryRunInput,
  githubInputs,
  projectInputs,
  runInputs,
  serviceInput,
} from '@drayage/core/host/input/shared';
import * as z from 'zod';
import { deployServers } from '../../../../actions/deploy-service/inputs.ts';
import { deployOutputs, deployResult } from '../deploy-result.ts';

const rollback = declaration({
  name: 'rollback',
  summary: 'Deploy an earlier deployment again, by digest, with the settings and secrets it had.',
  inputs: z.object({
    ...serviceInput,
    to: text('Id of the deployment, or its beginning.', {
      otherwise: 'the last good one that differs from the current one',
    }),
    'refresh-secrets': flag('Take secrets from drayage.yml instead of those stored with the deployment.', {
      otherwise: 'false',
    }),
    ...githubInputs,
    ...dryRunInput,
    ...deployServers,
    ...projectInputs,
    ...connectionInputs,
    ...runInputs,
  }),
  repeats: true,
  outputs: deployOutputs,
  examples: ['rollback --service web', 'rollback --service web --to 20261121t1132'],
});

export const command: Command<(typeof rollback)['inputs']['shape']> = {
  declaration: rollback,

  async run(call) {
    const [project, service] = await Promise.all([call.project(), call.service()]);
    await call.warm(pickService(project, service).deploy.servers);
    const { rollbackService } = await import('@drayage/core/service/rollback');
    const { to, 'refresh-secrets': refreshSecrets, 'dry-run': dryRun } = call.inputs;
    const onTarget = ({ commit }: { commit?: string }) => call.repeats(commit);
    const request = { project, service, to, refreshSecrets, dryRun, onTarget };
    return deployResult(service, await rollbackService(call.context, request));
  },
};
