import { createHash } from 'node:crypto';
import type { Context } from '../context.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import type { Phase } from '../report/report.ts';
import type { Server } from '../transport/server.ts';
import { type Step, sharedFunctions } from './plan.ts';

/** Exit status of the first step that fails is this plus its index. */
const firstStatus = 40;
/** Downloads of some hundred megabytes over a slow line. */
const timeout = 30 * 60_000;

/**
 * Runs the steps in order as one detached job, which goes on when the connection breaks. Throws SETUP_FAILED with the
 * step's output, or SETUP_NO_PRIVILEGE before anything is done.
 */
export async function applySteps(
  context: Context,
  server: Server,
  steps: readonly Step[],
  phase: Phase,
): Promise<void> {
  requirePrivilege(server, steps);
  let log = '';
  const script = jobScript(steps);
  const { exitCode } = await server.job({
    // Of the script too: the same run may set a server up for another role later.
    id: `${context.run.id}-setup-${createHash('sha256').update(script).digest('hex').slice(0, 12)}`,
    script,
    timeout,
    signal: context.signal,
    onOutput: (chunk) => {
      log = `${log}${chunk}`.slice(-64_000);
      phase.output(chunk, server.name);
    },
  });
  if (exitCode === 0) return;
  const step = steps[exitCode - firstStatus];
  const output = step === undefined ? log : log.slice(Math.max(0, log.lastIndexOf(heading(step))));
  const last = output.trim().split('\n').at(-1) ?? '';
  throw new DrayageError(
    'SETUP_FAILED',
    `${server.name}: the step "${step?.title ?? 'setup'}" failed: ${last || `exit status ${exitCode}`}`,
    { output, hint: 'Mend the cause and run setup again; what was done before stands.' },
  );
}

/**
 * Two runs on a fresh server would both find that something is missing, and the later one trip over what the other made.
 * Each step finds done what was done meanwhile. Steps start daemons, which must not inherit the lock.
 */
const oneAtATime = `if command -v flock >/dev/null; then
  exec 8>"$DRAYAGE_RUN/setup.lock"
  flock -n 8 || { echo 'waiting for another run that sets this server up'; flock 8; }
fi
`;

/** Each step in a shell of its own, so that `set -e` holds and nothing leaks into the next. */
export function jobScript(steps: readonly Step[]): string {
  const parts = steps.map(
    (step, index) => `cat <<'END_OF_HEADING'
${heading(step)}
END_OF_HEADING
(
exec 8>&-
set -eu
${step.script})
status=$?
[ $status = 0 ] || exit ${firstStatus + index}
`,
  );
  return `exec </dev/null\n${oneAtATime}${sharedFunctions}${parts.join('')}`;
}

const heading = (step: Step): string => `--- ${step.title}: ${step.why}`;

function requirePrivilege(server: Server, steps: readonly Step[]): void {
  const { privilege, user, dockerSocket } = server.account;
  if (privilege === 'root' || privilege === 'sudo') return;
  const beyond = privilege === 'none' && dockerSocket === undefined ? steps : steps.filter((step) => step.needsRoot);
  if (beyond.length === 0) return;
  throw new DrayageError(
    'SETUP_NO_PRIVILEGE',
    `${server.name}: ${user} is neither root nor has sudo without a password, and this has to be done: ${beyond.map(({ title }) => title).join('; ')}.`,
    { hint: `Allow it there: echo '${user} ALL=(ALL) NOPASSWD: ALL' | sudo tee /etc/sudoers.d/${user}` },
  );
}
