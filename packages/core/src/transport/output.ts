import { StringDecoder } from 'node:string_decoder';
import type { Sinks } from './warm-shell.ts';

/** Collects both streams and passes them on as text, without splitting a character that arrives in two chunks. */
export function collect(onOutput?: (chunk: string) => void): {
  sinks: Sinks;
  end(): { stdout: Buffer; stderr: Buffer };
} {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  const decoders = [new StringDecoder('utf8'), new StringDecoder('utf8')] as const;
  const receive = (kept: Buffer[], decoder: StringDecoder) => (chunk: Buffer) => {
    kept.push(chunk);
    const text = onOutput === undefined ? '' : decoder.write(chunk);
    if (text !== '') onOutput?.(text);
  };
  return {
    sinks: { stdout: receive(stdout, decoders[0]), stderr: receive(stderr, decoders[1]) },
    end: () => {
      for (const decoder of decoders) {
        const text = decoder.end();
        if (text !== '') onOutput?.(text);
      }
      return { stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) };
    },
  };
}
