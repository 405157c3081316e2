import type { Command } from '@drayage/core/host/command';
import { declaration } from '@drayage/core/host/input/declaration';
import { text } from '@drayage/core/host/input/pieces';
import { connectionInputs, projectInputs, runInputs, serversInput } from '@drayage/core/host/input/shared';
import * as z from 'zod';

const leftovers = declaration({
  name: 'leftovers',
  summary: 'Free the locks and end the jobs that a run which was killed left on the servers.',
  inputs: z.object({
    run: text('Only of this run.', { otherwise: 'all runs of this working directory' }),
    ...serversInput('Servers of the run that are not in drayage.yml', 'none'),
    ...projectInputs,
    ...connectionInputs,
    ...runInputs,
  }),
  outputs: {},
  deploys: false,
  examples: ['leftovers'],
});

/** What `post` of the root action does, and the last step of a composite that was cancelled. */
export const command: Command<(typeof leftovers)['inputs']['shape']> = {
  declaration: leftovers,

  async run({ inputs, context, cwd }) {
    const { unfinishedRuns } = await import('@drayage/core/host/unfinished');
    const { endRun } = await import('@drayage/core/transport/leftovers');
    for (const run of unfinishedRuns(cwd, inputs.run)) {
      await context.report.phase(`Clean up after ${run.id}`, async (phase) => {
        for (const { server, jobs } of run.servers) {
          try {
            const freed = await endRun(await context.connect(server), run.id, jobs, context.signal);
            phase.note(
              `${server}: ${freed === 0 ? 'no lock was left' : `${freed} lock(s) freed`}, ${jobs.length} job(s) ended.`,
            );
          } catch (error) {
            context.report.warn(
              `${server} was not cleaned up: ${error instanceof Error ? error.message : String(error)} What is left there ends by itself within a minute.`,
            );
          }
        }
      });
      run.forget();
    }
    return {};
  },
};
