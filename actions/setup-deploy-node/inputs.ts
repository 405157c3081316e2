import { declaration } from '@drayage/core/host/input/declaration';
import { choice } from '@drayage/core/host/input/pieces';
import {
  connectionInputs,
  dryRunInput,
  projectInputs,
  runInputs,
  serversInput,
  stateOutput,
} from '@drayage/core/host/input/shared';
import * as z from 'zod';

export const setupDeployNode = declaration({
  name: 'setup-deploy-node',
  summary: 'Install, configure and validate Docker, network and proxy on the servers that run services.',
  description:
    'Installs Docker where it is missing, configures log rotation, forms or joins the Swarm where one is wanted, makes the network and starts the proxy, and validates each by use. A rerun changes nothing.',
  inputs: z.object({
    ...serversInput('Servers to set up', 'all servers of drayage.yml that may run services'),
    setup: choice(['auto', 'always'], 'How much is done: auto only what the probe finds missing; always every step.', {
      otherwise: 'auto',
    }),
    ...dryRunInput,
    ...projectInputs,
    ...connectionInputs,
    ...runInputs,
  }),
  outputs: { servers: 'Names of the servers that are ready, comma-separated.', ...stateOutput },
  examples: ['setup-deploy-node --servers node-1,node-2'],
});
