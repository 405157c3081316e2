import { pickService } from '@drayage/core/config/pick';
import type { Command } from '@drayage/core/host/command';
import { declaration } from '@drayage/core/host/input/declaration';
import { flag } from '@drayage/core/host/input/pieces';
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

const redeploy = declaration({
  name: 'redeploy',
  summary: 'Deploy what serves now once more: new containers of the same image and settings.',
  inputs: z.object({
    ...serviceInput,
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
  examples: ['redeploy --service web'],
});

export const command: Command<(typeof redeploy)['inputs']['shape']> = {
  declaration: redeploy,

  async run(call) {
    const [project, service] = await Promise.all([call.project(), call.service()]);
    await call.warm(pickService(project, service).deploy.servers);
    const { redeployService } = await import('@drayage/core/service/rollback');
    const { 'refresh-secrets': refreshSecrets, 'dry-run': dryRun } = call.inputs;
    const onTarget = ({ commit }: { commit?: string }) => call.repeats(commit);
    const request = { project, service, refreshSecrets, dryRun, onTarget };
    return deployResult(service, await redeployService(call.context, request));
  },
};
