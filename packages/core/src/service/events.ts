import * as z from 'zod';
import { errorCodes } from '../errors/codes.ts';

/** Lines of a job's log that begin with this are for us; all others are for the reader. */
export const eventMark = '@drayage ';

const at = z.number();
const schema = z.lazy(() =>
  z.discriminatedUnion('event', [
    z.object({ event: z.literal('begun'), at, folder: z.string() }),
    z.object({ event: z.literal('pulling'), at }),
    z.object({ event: z.literal('pulled'), at }),
    z.object({ event: z.literal('tools'), at, tools: z.string() }),
    z.object({ event: z.literal('started'), at, container: z.string() }),
    z.object({ event: z.literal('waiting'), at, container: z.string(), detail: z.string() }),
    z.object({ event: z.literal('healthy'), at, container: z.string() }),
    z.object({ event: z.literal('staged'), at }),
    z.object({ event: z.literal('stopped'), at }),
    z.object({ event: z.literal('gap'), at, milliseconds: z.number() }),
    z.object({ event: z.literal('restored'), at, milliseconds: z.number() }),
    z.object({ event: z.literal('switched'), at }),
    z.object({ event: z.literal('committed'), at }),
    z.object({ event: z.literal('progress'), at, detail: z.string() }),
    z.object({ event: z.literal('tail'), at, container: z.string(), text: z.base64() }),
    z.object({ event: z.literal('done'), at }),
    z.object({ event: z.literal('cancelled'), at }),
    z.object({ event: z.literal('failed'), at, code: z.enum(errorCodes), message: z.string() }),
  ]),
);

/** What a job on a node tells; `at` is milliseconds since it began. */
export type JobEvent = z.infer<typeof schema>;

/** Cuts a job's output into its events and the lines for the reader. Give it every chunk in order. */
export function eventReader(onEvent: (event: JobEvent) => void, onLine: (line: string) => void) {
  let rest = '';
  return (chunk: string): void => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = line.startsWith(eventMark) ? parseEvent(line.slice(eventMark.length)) : undefined;
      if (event !== undefined) onEvent(event);
      else onLine(line);
    }
  };
}

function parseEvent(text: string): JobEvent | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
