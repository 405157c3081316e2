import { quote } from '../transport/shell.ts';

/** One request of a batch. */
export interface BatchRequest {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An answer from earlier in this run will do (only `askEngine` remembers). */
  readonly earlier?: boolean;
}

export interface BatchResponse {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Parsed JSON; undefined where the body is none. */
  readonly body: unknown;
}

/** A response as it stands in a buffer. */
export interface RawResponse extends Pick<BatchResponse, 'status' | 'headers'> {
  /** Where the next one begins. */
  readonly end: number;
  body(): string;
}

/** The requests as they travel (RFC 9112, pipelined); with `closing` the engine is asked to end the connection after the last answer. */
export function batchText(requests: readonly BatchRequest[], { closing }: { readonly closing: boolean }): string {
  return requests
    .map(({ path, headers }, index) => {
      const isLast = index === requests.length - 1;
      const fields = Object.entries(headers ?? {}).map(([key, value]) => `${key}: ${value}`);
      const lines = [
        `GET ${path} HTTP/1.1`,
        'Host: docker',
        ...fields,
        ...(closing && isLast ? ['Connection: close'] : []),
      ];
      return `${lines.join('\r\n')}\r\n\r\n`;
    })
    .join('');
}

/**
 * POSIX sh that sends GET requests to the engine and prints the raw responses, in order. All of them travel down one
 * `docker system dial-stdio` (HTTP/1.1 pipelining), so that a node is asked everything by one process in one turn.
 * Standard input of that process stays open until the engine has answered: its end would cancel the request in flight.
 */
export function batchScript(requests: readonly BatchRequest[]): string {
  return `batch=$DRAYAGE_RUN/batch.$$
[ ! -e "$batch" ] || rm -f "$batch"
mkfifo -m 600 "$batch" || exit 1
docker system dial-stdio <"$batch" &
exec 7>"$batch"
printf %s ${quote(batchText(requests, { closing: true }))} >&7
wait $!
exec 7>&-
rm -f "$batch"
`;
}

/** Splits what a batch printed into its responses. */
export function parseBatch(output: string): readonly BatchResponse[] {
  const bytes = Buffer.from(output, 'utf8');
  const responses: BatchResponse[] = [];
  for (let at = 0; ; ) {
    const found = responseAt(bytes, at);
    if (found === undefined) return responses;
    responses.push({ status: found.status, headers: found.headers, body: parseJson(found.body()) });
    at = found.end;
  }
}

/** The response that begins at `at` and is there to its end (RFC 9112: Content-Length and chunked bodies); else undefined. */
export function responseAt(bytes: Buffer, at: number): RawResponse | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n', at);
  if (headEnd < 0) return undefined;
  const [statusLine = '', ...headerLines] = bytes.subarray(at, headEnd).toString('latin1').split('\r\n');
  const status = Number(statusLine.split(' ')[1]);
  const headers = new Map(headerLines.map((line) => headerOf(line)));
  const begin = headEnd + 4;
  if (headers.get('transfer-encoding') === 'chunked') {
    const chunks = chunksAt(bytes, begin);
    return chunks && { status, headers, end: chunks.end, body: () => Buffer.concat(chunks.parts).toString('utf8') };
  }
  const end = begin + Number(headers.get('content-length') ?? 0);
  return end > bytes.length
    ? undefined
    : { status, headers, end, body: () => bytes.subarray(begin, end).toString('utf8') };
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
}

function chunksAt(bytes: Buffer, begin: number): { readonly parts: Buffer[]; readonly end: number } | undefined {
  const parts: Buffer[] = [];
  for (let at = begin; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16);
    const next = lineEnd + 2 + size + 2;
    if (!(next <= bytes.length)) return undefined;
    if (size === 0) return { parts, end: next };
    parts.push(bytes.subarray(lineEnd + 2, next - 2));
    at = next;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
