import type { Server } from '../transport/server.ts';
import { quote } from '../transport/shell.ts';
import { jobScript } from './apply.ts';
import type { Step } from './plan.ts';

/** What setup would run as a job, for somebody who wants to read it first and run it on the server. Ends with 40 or more where a step fails. */
export function scriptByHand({ name, account }: Pick<Server, 'name' | 'account'>, steps: readonly Step[]): string {
  const who = steps.some(({ needsRoot }) => needsRoot) ? ', as root' : '';
  return `#!/bin/sh
# Sets up ${name}: run it there${who}.
${steps.map(({ title, why }) => `# - ${title}: ${why}\n`).join('') || '# Nothing has to be done.\n'}DRAYAGE_STATE=${quote(account.stateDir)}
DRAYAGE_JOB=$(mktemp -d)
DRAYAGE_RUN=$DRAYAGE_JOB
export DRAYAGE_STATE DRAYAGE_JOB DRAYAGE_RUN
trap 'rm -rf "$DRAYAGE_JOB"' EXIT
${steps.length === 0 ? '' : jobScript(steps)}`;
}
