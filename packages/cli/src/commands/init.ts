import type { Command } from '@drayage/core/host/command';
import { declaration } from '@drayage/core/host/input/declaration';
import { choice, flag, text } from '@drayage/core/host/input/pieces';
import { dryRunInput, logInputs, projectInputs, yesInput } from '@drayage/core/host/input/shared';
import * as z from 'zod';
import { domainInputs } from '../../../../actions/configure-domain/inputs.ts';
import { deployInputs } from '../../../../actions/deploy-service/inputs.ts';

const init = declaration({
  name: 'init',
  summary: 'Write a first drayage.yml and a workflow, from what is found in this folder.',
  description:
    'Looks at Dockerfiles, package.json, the git remote and existing workflows, and asks on a terminal for what they do not tell. Overwrites nothing without `force`, and nothing that is not from Drayage even with it: beside another deploy.yml a GitHub workflow is called drayage.yml, and what belongs into another pipeline file is printed.',
  inputs: z.object({
    server: text('The server that builds and runs everything: an address, user@host or ssh://user@host:port.', {
      otherwise: 'asked for',
    }),
    domain: domainInputs.domain,
    'domain-port': domainInputs['domain-port'],
    'acme-email': domainInputs['acme-email'],
    'health-http': deployInputs['health-http'],
    registry: text('Host of the registry that images go through, such as ghcr.io, or none.', {
      otherwise: 'none: with one server an image can stay where it was built',
    }),
    ci: choice(['github', 'gitlab', 'bitbucket', 'none'], 'The CI that gets a workflow.', {
      otherwise: 'the one of the git remote; where that tells none, the one whose files are here',
    }),
    service: text('Name of the service that answers at the domain.', { otherwise: 'by its Dockerfile, else web' }),
    project: projectInputs.project,
    ...yesInput,
    force: flag(
      'Overwrite drayage.yml, and the workflow that an earlier init wrote. Files that are not from Drayage stay.',
    ),
    ...dryRunInput,
    ...logInputs,
  }),
  outputs: {},
  deploys: false,
  examples: [
    'init',
    'init --server 203.0.113.10 --domain shop.example.com',
    'init --dry-run --server deploy@203.0.113.10 --ci none',
  ],
});

export const command: Command<(typeof init)['inputs']['shape']> = {
  declaration: init,
  run: async (call) => (await import('../init/init.ts')).init(call),
};
