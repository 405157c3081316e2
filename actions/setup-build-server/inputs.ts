import { declaration } from '@drayage/core/host/input/declaration';
import { choice, flag } from '@drayage/core/host/input/pieces';
import {
  connectionInputs,
  dryRunInput,
  projectInputs,
  runInputs,
  serversInput,
  stateOutput,
  toolsMirrorInput,
} from '@drayage/core/host/input/shared';
import * as z from 'zod';

export const setupBuildServer = declaration({
  name: 'setup-build-server',
  summary: 'Install, configure and validate Docker on a build server.',
  description:
    'Installs Docker with buildx where it is missing, and railpack, nixpacks or pack where a service is built with it; configures the engine and log rotation, and validates the result by use: a build, a push, a pull. A rerun changes nothing. A running Docker is never restarted without saying so first.',
  inputs: z.object({
    ...serversInput('Servers to set up', 'all servers of drayage.yml that may build'),
    setup: choice(['auto', 'always'], 'How much is done: auto only what the probe finds missing; always every step.', {
      otherwise: 'auto',
    }),
    ...toolsMirrorInput,
    ...dryRunInput,
    script: flag('Print a shell script that does by hand what would be done, and change nothing.', {
      otherwise: 'false',
    }),
    ...projectInputs,
    ...connectionInputs,
    ...runInputs,
  }),
  outputs: { servers: 'Names of the servers that are ready, comma-separated.', ...stateOutput },
  examples: [
    'setup-build-server --ssh-key ~/.ssh/deploy',
    'setup-build-server --servers ssh://root@build.example.com --dry-run',
  ],
});
