/** How a request was made: on a kept connection, on a new one, or to the slow page. */
export type Kind = 'kept' | 'new' | 'slow';

/** What one request came to. `version` is what the answer said about itself. */
export type Outcome = { readonly version: string } | { readonly failure: string };

/** Times are milliseconds since the epoch, durations milliseconds. */
export interface LoadResult {
  readonly startedAt: number;
  /** When the last request was sent; answers may come later. */
  readonly sentUntil: number;
  readonly sent: number;
  readonly answered: number;
  readonly failed: number;
  readonly inFlight: number;
  readonly kinds: Readonly<Record<Kind, number>>;
  /** Failures by what happened (`ECONNRESET`, `status 502`, `no answer within 10 s`), with the first and last time. */
  readonly failures: Readonly<Record<string, Span>>;
  readonly versions: Readonly<Record<string, Span>>;
  /** Of answers to kept and new requests; slow ones would only say how slow the page is. */
  readonly latency: { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number };
  /** How late the generator itself was at worst: large values mean that the machine, not the server, was busy. */
  readonly late: number;
  readonly cpuSeconds: number;
}

export interface Span {
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

export interface Tally {
  sent(kind: Kind, now: number): void;
  ended(kind: Kind, sentAt: number, now: number, outcome: Outcome): void;
  lateBy(milliseconds: number): void;
  result(cpuSeconds: number): LoadResult;
}

export function tally(startedAt: number): Tally {
  const kinds: Record<Kind, number> = { kept: 0, new: 0, slow: 0 };
  const failures: Record<string, Span> = {};
  const versions: Record<string, Span> = {};
  const latencies: number[] = [];
  let answered = 0;
  let failed = 0;
  let late = 0;
  let sentUntil = startedAt;
  return {
    sent: (kind, now) => {
      kinds[kind] += 1;
      sentUntil = now;
    },
    ended: (kind, sentAt, now, outcome) => {
      if ('failure' in outcome) {
        failed += 1;
        failures[outcome.failure] = widen(failures[outcome.failure], now);
        return;
      }
      answered += 1;
      versions[outcome.version] = widen(versions[outcome.version], now);
      if (kind !== 'slow') latencies.push(now - sentAt);
    },
    lateBy: (milliseconds) => {
      late = Math.max(late, milliseconds);
    },
    result: (cpuSeconds) => {
      const sent = kinds.kept + kinds.new + kinds.slow;
      const sorted = [...latencies].sort((a, b) => a - b);
      const latency = {
        p50: rank(sorted, 0.5),
        p95: rank(sorted, 0.95),
        p99: rank(sorted, 0.99),
        max: rank(sorted, 1),
      };
      const counts = { sent, answered, failed, inFlight: sent - answered - failed };
      return { startedAt, sentUntil, ...counts, kinds, failures, versions, latency, late, cpuSeconds };
    },
  };
}

function widen(span: Span | undefined, now: number): Span {
  return { count: (span?.count ?? 0) + 1, first: span?.first ?? now, last: now };
}

/** Nearest-rank percentile of ascending values; 0 of none. */
function rank(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** The result in a few lines for people; the first is the one that counts. */
export function describeLoad(result: LoadResult): string[] {
  const seconds = (at: number) => `${((at - result.startedAt) / 1000).toFixed(1)} s`;
  const spans = (title: string, entries: Readonly<Record<string, Span>>) =>
    Object.entries(entries).map(
      ([name, { count, first, last }]) => `${title} ${name}: ${count}, from ${seconds(first)} to ${seconds(last)}`,
    );
  const { kinds, latency } = result;
  const rate = (result.sent * 1000) / Math.max(1, result.sentUntil - result.startedAt);
  return [
    `sent ${result.sent}, failed ${result.failed}`,
    `${kinds.kept} on kept connections, ${kinds.new} on new ones, ${kinds.slow} slow; ${rate.toFixed(0)} a second`,
    ...spans('answers of version', result.versions),
    ...spans('failed with', result.failures),
    `latency: half within ${latency.p50.toFixed(0)} ms, 99 % within ${latency.p99.toFixed(0)} ms, worst ${latency.max.toFixed(0)} ms`,
  ];
}
