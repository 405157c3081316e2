import { createInterface } from 'node:readline';
import { DrayageError } from '@drayage/core/errors/drayage-error';

/** `otherwise` is what Enter means; without it there has to be an answer. */
export interface Asked {
  readonly flag: string;
  readonly text: string;
  readonly otherwise?: string;
}

export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
  /** What was not done when the input ends: `written`. */
  readonly what?: string;
}

/**
 * Asks on a terminal, one question after the other; Enter takes what stands in brackets, and what is typed or pasted ahead
 * is kept for the next question. Throws the reason of the signal when the run is cancelled, and CANCELLED when the input ends.
 */
export async function ask(
  questions: readonly Asked[],
  { input, output, signal, what = 'written' }: Terminal,
): Promise<Record<string, string>> {
  if (questions.length === 0) return {};
  const reader = createInterface({ input, output });
  // On a terminal that readline holds, Ctrl-C is a character and no signal.
  reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const close = () => reader.close();
  signal.addEventListener('abort', close);
  const lines = reader[Symbol.asyncIterator]();
  const answers: Record<string, string> = {};
  try {
    for (const { flag, text, otherwise } of questions) {
      reader.setPrompt(`${text}${otherwise === undefined || otherwise === '' ? '' : ` [${otherwise}]`}: `);
      let answer = '';
      do {
        reader.prompt();
        const line = await lines.next();
        if (signal.aborted) throw signal.reason;
        if (line.done === true) throw ended(what);
        answer = line.value.trim();
      } while (answer === '' && otherwise === undefined);
      answers[flag] = answer === '' ? (otherwise ?? '') : answer;
    }
    return answers;
  } finally {
    signal.removeEventListener('abort', close);
    reader.close();
  }
}

function ended(what: string): DrayageError {
  return new DrayageError('CANCELLED', `The input ended before all questions were answered; nothing was ${what}.`);
}
