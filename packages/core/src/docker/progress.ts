import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** The JSON objects of a stream that carries one per line, as pulls and events do. */
export async function* jsonLines(stream: AsyncIterable<Buffer | string>): AsyncGenerator<Record<string, unknown>> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + (typeof chunk === 'string' ? chunk : decoder.write(chunk))).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.trim() !== '') yield JSON.parse(line) as Record<string, unknown>;
    }
  }
  if (rest.trim() !== '') yield JSON.parse(rest) as Record<string, unknown>;
}

/** dockerode types its streams by the interface of old Node versions; they are Readables. */
export function asReadable(stream: NodeJS.ReadableStream): Readable {
  return stream as Readable;
}
