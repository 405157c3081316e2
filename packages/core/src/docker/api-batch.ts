import { quote } from '../transport/shell.ts';

/** One request of a batch. */
export interface BatchRequest {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface BatchResponse {
  readonly status: number;
  /** Parsed JSON; undefined where the body is none. */
  readonly body: unknown;
}

/**
 * POSIX sh that sends GET requests to the engine and prints the raw responses, in order. All of them travel down one
 * `docker system dial-stdio` (HTTP/1.1 pipelining), so that a node is asked everything by one process in one turn.
 * Standard input of that process stays open until the engine has answered: its end would cancel the request in flight.
 */
export function batchScript(requests: readonly BatchRequest[]): string {
  const text = requests.map(({ path, headers }, index) => {
    const last = index === requests.length - 1;
    const lines = [
      `GET ${path} HTTP/1.1`,
      'Host: docker',
      ...Object.entries(headers ?? {}).map(([k, v]) => `${k}: ${v}`),
    ];
    return `${[...lines, ...(last ? ['Connection: close'] : [])].join('\r\n')}\r\n\r\n`;
  });
  return `batch=$DRAYAGE_RUN/batch.$$
[ ! -e "$batch" ] || rm -f "$batch"
mkfifo -m 600 "$batch" || exit 1
docker system dial-stdio <"$batch" &
exec 7>"$batch"
printf %s ${quote(text.join(''))} >&7
wait $!
exec 7>&-
rm -f "$batch"
`;
}

/** Splits what a batch printed into its responses (RFC 9112: Content-Length and chunked bodies). */
export function parseBatch(output: string): readonly BatchResponse[] {
  const responses: BatchResponse[] = [];
  let rest = Buffer.from(output, 'utf8');
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return responses;
    const [statusLine = '', ...headerLines] = rest.subarray(0, end).toString('latin1').split('\r\n');
    const headers = new Map(headerLines.map((line) => headerOf(line)));
    const { body, length } = readBody(rest.subarray(end + 4), headers);
    responses.push({ status: Number(statusLine.split(' ')[1]), body: parseJson(body) });
    rest = rest.subarray(end + 4 + length);
  }
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
}

function readBody(rest: Buffer, headers: ReadonlyMap<string, string>): { body: string; length: number } {
  if (headers.get('transfer-encoding') !== 'chunked') {
    const length = Number(headers.get('content-length') ?? 0);
    return { body: rest.subarray(0, length).toString('utf8'), length };
  }
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', at);
    const size = lineEnd < 0 ? 0 : Number.parseInt(rest.subarray(at, lineEnd).toString('latin1'), 16);
    if (!(size > 0))
      return { body: Buffer.concat(chunks).toString('utf8'), length: lineEnd < 0 ? rest.length : lineEnd + 4 };
    chunks.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
