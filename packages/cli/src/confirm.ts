import { DrayageError } from '@drayage/core/errors/drayage-error';
import { ask } from './init/ask.ts';

/** Asks on a terminal, and nowhere else. Throws CANCELLED unless the answer is yes. */
export async function confirmed(question: string, signal: AbortSignal): Promise<void> {
  const { stdin: input, stderr: output } = process;
  if (input.isTTY !== true || output.isTTY !== true) return;
  const { answer } = await ask([{ flag: 'answer', text: question, otherwise: 'no' }], {
    input,
    output,
    signal,
    what: 'removed',
  });
  if (answer?.toLowerCase() === 'yes') return;
  throw new DrayageError('CANCELLED', 'The answer was not yes, so nothing was removed.', {
    hint: 'To be asked nothing, add --yes.',
  });
}
