/** What is known of a request that went wrong. */
export interface Refusal {
  /** A sentence: why it went wrong, and what to do. */
  readonly reason: string;
  /** Asking again would not help. */
  readonly isFinal: boolean;
}

export interface RefusalContext {
  /** The line below `permissions:` without which GitHub refuses this, `deployments: write`. */
  readonly permission: string;
  /** Repository a pull request comes from, where that is another one. */
  readonly fork: string | undefined;
  /** Milliseconds the request was given; undefined where it had not run out. */
  readonly waited: number | undefined;
}

/** Reads what GitHub's client throws: an error with a status, and the response where one came. */
export function refusalOf(error: unknown, { permission, fork, waited }: RefusalContext): Refusal {
  const { status, response } = asked(error);
  if (waited !== undefined) {
    return { reason: `GitHub did not answer within ${waited / 1000} s.`, isFinal: false };
  }
  if (status === undefined || response === undefined) {
    const why = error instanceof Error && error.message !== '' ? error.message : String(error);
    return { reason: `GitHub could not be reached (${why.replace(/\.$/, '')}).`, isFinal: false };
  }
  const limit = rateLimit(response.headers ?? {}, status);
  if (limit !== undefined) return { reason: limit, isFinal: true };
  if (status === 401) {
    return { reason: 'GitHub does not know the token (401): it is wrong, or has expired.', isFinal: true };
  }
  if (status === 403 || status === 404) {
    const why =
      fork === undefined
        ? `The token needs \`permissions: ${permission}\`.`
        : `The pull request comes from the fork ${fork}, whose token can only read, whatever \`permissions\` says.`;
    const told = messageOf(response.data);
    // What GitHub says of a permission that is missing says less than the line to add.
    const words = told === undefined || /^(Resource not accessible|Not Found)/.test(told) ? '' : `: ${told}`;
    return { reason: `GitHub refused it (${status})${words}. ${why}`, isFinal: true };
  }
  const told = messageOf(response.data);
  const words = told === undefined ? '' : `: ${told}`;
  return { reason: `GitHub answered ${status}${words}.`, isFinal: status < 500 };
}

interface Answered {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly data?: unknown;
}

function asked(error: unknown): { readonly status?: number; readonly response?: Answered } {
  if (typeof error !== 'object' || error === null || !('status' in error)) return {};
  const response = 'response' in error ? (error.response as Answered | undefined) : undefined;
  return { status: Number(error.status), response };
}

/** GitHub answers 403 or 429 when there were too many requests, and says until when. */
function rateLimit(headers: Readonly<Record<string, unknown>>, status: number): string | undefined {
  const isLimit = headers['x-ratelimit-remaining'] === '0' || headers['retry-after'] !== undefined;
  if (status !== 429 && !(status === 403 && isLimit)) return undefined;
  const reset = Number(headers['x-ratelimit-reset']);
  const until = Number.isFinite(reset) ? ` until ${new Date(reset * 1000).toISOString().slice(11, 16)} UTC` : '';
  return `GitHub takes no more requests of this token${until} (${status}).`;
}

/** GitHub's message with its details, on one line. */
function messageOf(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null || !('message' in data)) return undefined;
  const errors = 'errors' in data && Array.isArray(data.errors) ? data.errors : [];
  const details = errors.map((each: unknown) =>
    typeof each === 'object' && each !== null && 'message' in each ? String(each.message) : undefined,
  );
  const text = [String(data.message), ...details.filter((each) => each !== undefined)].join('; ');
  const line = text.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
}

const longest = 300;
