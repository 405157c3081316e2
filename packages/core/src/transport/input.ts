import { Readable } from 'node:stream';
import type { RunOptions } from './server.ts';

/** What a program is given on standard input, as a stream; undefined where it is given nothing. */
export function sourceOf(stdin: RunOptions['stdin']): Readable | undefined {
  if (stdin === undefined || stdin instanceof Readable) return stdin;
  return Readable.from([Buffer.from(stdin as string)], { objectMode: false });
}
