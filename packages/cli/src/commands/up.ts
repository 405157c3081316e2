import type { Command } from '@drayage/core/host/command';
import { declaration } from '@drayage/core/host/input/declaration';
import { choice, text } from '@drayage/core/host/input/pieces';
import {
  buildServerInput,
  connectionInputs,
  dryRunInput,
  githubInputs,
  projectInputs,
  runInputs,
  stateOutput,
  titleInputs,
  toolsMirrorInput,
} from '@drayage/core/host/input/shared';
import * as z from 'zod';
import { buildInputs, imageInputs } from '../../../../actions/build-remote/inputs.ts';
import { domainInputs } from '../../../../actions/configure-domain/inputs.ts';
import { deployInputs, deployServers } from '../../../../actions/deploy-service/inputs.ts';
import { registryInputs } from '../../../../actions/push-image/inputs.ts';

export const setupInput = {
  setup: choice(
    ['auto', 'never', 'always'],
    'Servers: auto installs only what the probe finds missing and never restarts a running Docker; never only looks; always does and tries everything.',
    { otherwise: 'auto' },
  ),
};

export const upInputs = {
  service: text('Only this service.', { otherwise: 'all services' }),
  ...setupInput,
  ...toolsMirrorInput,
  ...deployServers,
  ...buildServerInput,
  ...buildInputs,
  ...imageInputs,
  ...registryInputs,
  ...deployInputs,
  ...domainInputs,
  ...titleInputs,
  ...githubInputs,
  ...dryRunInput,
  ...projectInputs,
  ...connectionInputs,
  ...runInputs,
};

export const upOutputs = {
  image: 'The image that was built, with its first tag; of the last service where there are several.',
  'pinned-image': 'The image that runs, by digest.',
  'source-commit': 'The commit that was built.',
  'deployment-id': 'Id of the deployment in the history.',
  status: 'done, unchanged or planned.',
  'previous-image': 'The image that ran before.',
  url: 'URL of the first domain.',
  'certificate-issuer': 'Who issued its certificate.',
  'certificate-expires': 'When the certificate expires, RFC 3339.',
  services: 'All of this for each service, as JSON.',
  ...stateOutput,
};

const up = declaration({
  name: 'up',
  summary: 'The whole road: set servers up, build, push, deploy, route the domain.',
  description:
    'For one service or all of drayage.yml, over one SSH connection per server. Every image exists before the first service changes, so a build that fails leaves everything as it was.',
  inputs: z.object(upInputs),
  outputs: upOutputs,
  examples: ['up', 'up --service web --environment staging', 'up --setup never --title "Fix the basket"'],
});

export const command: Command<(typeof up)['inputs']['shape']> = {
  declaration: up,
  run: async (call) => (await import('../up.ts')).runUp(call),
};
