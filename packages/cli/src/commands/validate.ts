import { DrayageError } from '@drayage/core/errors/drayage-error';
import type { Command } from '@drayage/core/host/command';
import { declaration } from '@drayage/core/host/input/declaration';
import { flag } from '@drayage/core/host/input/pieces';
import { logInputs, projectInputs } from '@drayage/core/host/input/shared';
import * as z from 'zod';

const validate = declaration({
  name: 'validate',
  summary: 'Check drayage.yml, with line and column of what is wrong.',
  description:
    'Checks all environments. Connects to nothing, and needs no secrets: references to secrets, to variables of the job and to facts of git that are not given here are named, and are no mistake.',
  inputs: z.object({
    show: flag(
      'Print the configuration as it was understood: references replaced, defaults written out, secrets as ***, and not-known.invalid for what is not given here.',
    ),
    ...projectInputs,
    ...logInputs,
  }),
  outputs: {},
  deploys: false,
  checksOnly: true,
  examples: ['validate', 'validate --show', 'validate --environment staging --config deploy/drayage.yml'],
});

export const command: Command<(typeof validate)['inputs']['shape']> = {
  declaration: validate,

  async run({ inputs, project, context }) {
    const loaded = await project();
    const { file, name, environment, services } = loaded;
    if (file === undefined) {
      throw new DrayageError('INPUT_INVALID', 'There is no drayage.yml here to check.', {
        hint: 'Name the file: drayage validate --config path/to/drayage.yml',
      });
    }
    const names = services.map((service) => service.name).join(', ');
    context.report.note(
      `${file} is valid: project ${name}, environment ${environment}, ${names === '' ? 'no services' : `services ${names}`}.`,
    );
    if (inputs.show === true) {
      const { echoProject } = await import('@drayage/core/config/echo');
      for (const line of echoProject(loaded).trimEnd().split('\n')) context.report.note(line);
    }
    return {};
  },
};
