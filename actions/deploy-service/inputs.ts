import { declaration } from '@drayage/core/host/input/declaration';
import { choice, lines, number, text } from '@drayage/core/host/input/pieces';
import {
  connectionInputs,
  dryRunInput,
  githubInputs,
  projectInputs,
  runInputs,
  serversInput,
  serviceInput,
  stateInputs,
  stateOutput,
  titleInputs,
} from '@drayage/core/host/input/shared';
import * as z from 'zod';
import { registryInputs } from '../push-image/inputs.ts';

/** Inputs that say how a service runs, for every command that deploys. */
export const deployInputs = {
  mode: choice(['auto', 'swarm', 'standalone'], 'How it runs: as a Swarm service or as containers.', {
    sets: 'services.*.deploy.mode',
  }),
  replicas: number('How many containers run.', { min: 1, max: 1000, sets: 'services.*.deploy.replicas' }),
  env: lines('Environment of the container, NAME=value, one a line. Secrets belong into drayage.yml.', {
    sets: 'services.*.deploy.env',
    shape: 'pairs',
  }),
  ports: lines('Ports, PUBLISHED:TARGET, one a line.', { sets: 'services.*.deploy.ports', shape: 'ports' }),
  'health-http': text('Path that answers 2xx or 3xx when the service is healthy.', {
    sets: 'services.*.deploy.health.http',
  }),
  'health-port': number('Port of the health check inside the container.', {
    min: 1,
    max: 65_535,
    sets: 'services.*.deploy.health.port',
  }),
};

export const deployServers = serversInput(
  'Servers the service runs on',
  'those of drayage.yml',
  'services.*.deploy.servers',
);

export const deployService = declaration({
  name: 'deploy-service',
  summary: 'Deploy an image without losing a request, or keep the old version.',
  description:
    'Pulls on all nodes before anything switches, starts the new version beside the old one, waits for its health, switches, drains, stops. The job is green only when the wanted number of containers run the wanted digest.',
  inputs: z.object({
    ...serviceInput,
    image: text('The image to deploy, best by digest.', {
      otherwise: 'what push-image handed over, or the image of drayage.yml',
    }),
    ...deployServers,
    ...deployInputs,
    ...registryInputs,
    ...titleInputs,
    ...githubInputs,
    ...dryRunInput,
    ...projectInputs,
    ...connectionInputs,
    ...stateInputs,
    ...runInputs,
  }),
  outputs: {
    'deployment-id': 'Id of the deployment in the history.',
    status: 'done, unchanged or planned.',
    'pinned-image': 'The image that runs, by digest.',
    'previous-image': 'The image that ran before.',
    ...stateOutput,
  },
  examples: [
    'deploy-service --service web',
    'deploy-service --servers ssh://root@203.0.113.10 --image nginx:1.27-alpine --ports 8080:80 --health-http / --health-port 80',
  ],
});
