import { DrayageError } from '@drayage/core/errors/drayage-error';
import type { Command } from '@drayage/core/host/command';
import { declaration } from '@drayage/core/host/input/declaration';
import { choice, flag } from '@drayage/core/host/input/pieces';
import { connectionInputs, projectInputs, runInputs, serversInput } from '@drayage/core/host/input/shared';
import * as z from 'zod';
import { keepStorageInput, waitInput } from './cleanup.ts';

const actions = ['inspect', 'du', 'prune', 'remove'] as const;

const builder = declaration({
  name: 'builder',
  summary: 'Inspect build servers, show and prune their caches, remove their builders.',
  description:
    'inspect: engine, buildx, builders with their platforms, slots, disk, memory. du: what caches, images and sources take. prune: the build cache down to --keep-storage. remove: the builder in a container with its cache, and what Drayage keeps there for building; images stay.',
  inputs: z.object({
    action: choice(actions, 'What to do.'),
    ...serversInput('Build servers', 'all servers of drayage.yml that may build'),
    ...keepStorageInput,
    ...waitInput,
    yes: flag('Ask nothing; take what was found, and the defaults.'),
    json: flag('Print JSON.', { otherwise: 'a table' }),
    ...projectInputs,
    ...connectionInputs,
    ...runInputs,
  }),
  outputs: {},
  deploys: false,
  positional: 'action',
  examples: ['builder inspect', 'builder du --servers build-1', 'builder prune --keep-storage 5GB', 'builder remove'],
  printsData: true,
});

export const command: Command<(typeof builder)['inputs']['shape']> = {
  declaration: builder,

  async run(call) {
    if (call.inputs.action === undefined) {
      throw new DrayageError(
        'INPUT_INVALID',
        `Nothing says what to do; expected ${actions.slice(0, -1).join(', ')} or remove.`,
        {
          hint: 'For example: drayage builder inspect',
        },
      );
    }
    return (await import('../upkeep/builder.ts')).runBuilder({
      ...call,
      inputs: { ...call.inputs, action: call.inputs.action },
    });
  },
};
