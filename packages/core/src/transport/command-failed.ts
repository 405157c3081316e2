import { DrayageError } from '../errors/drayage-error.ts';
import type { Completed } from './server.ts';

/** The error for a program that ended with a status nobody expected: its last line, and its output for the reader. */
export function commandFailed(purpose: string, name: string, { stdout, stderr, exitCode }: Completed): DrayageError {
  const said = stderr.trim() === '' ? stdout : stderr;
  const lastLine = said.trim().split('\n').at(-1)?.trim() ?? '';
  const output = `${stdout}${stderr}`.slice(-16_384);
  return new DrayageError(
    'REMOTE_COMMAND_FAILED',
    `${purpose} on ${name} ended with status ${exitCode}${lastLine === '' ? ' and printed nothing' : `: ${lastLine}`}`,
    { output },
  );
}
