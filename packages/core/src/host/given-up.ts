import type { Ending } from './view/event.ts';

/** Said when cleaning up takes longer than whoever cancelled waits. */
export function givenUp(title: string, startedAt: number, exitStatus: number): Ending {
  const message = 'The run was cancelled, and cleaning up on the servers took too long.';
  const hint = 'What is left there ends by itself within a minute.';
  const milliseconds = Date.now() - startedAt;
  return { title, outcome: 'cancelled', exitStatus, milliseconds, failures: [{ code: 'CANCELLED', message, hint }] };
}
