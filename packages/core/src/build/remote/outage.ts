import { setTimeout as sleep } from 'node:timers/promises';
import type { Handshake } from '../../transport/tls-handshake.ts';

/**
 * What buildctl says last when its own connection is gone (statuses of gRPC, moby/buildkit util/grpcerrors): the reason behind it. undefined for everything else: a
 * step whose own connection broke is a build that failed.
 */
export function brokenConnection(log: string): string | undefined {
  const last = log.split('\n').findLast((line) => /^(?:error|ERROR): /.test(line)) ?? '';
  const [, reason] =
    /^\w+: (?:failed to [\w ]+: |listing workers: )*(?:rpc error: code = )?Unavailable(?: desc = |: )(.*)$/.exec(
      last,
    ) ??
    // A session that nobody answered for is closed by buildkitd; its build fails where it needs the client next.
    /^\w+: .*(no active session for \w+)/.exec(last) ??
    [];
  return reason?.replace(/^error reading from server: (?:read tcp \S+: (?:read: )?)?/, '').replace(/\.$/, '');
}

export interface Watch {
  /** When the program that holds the connection was heard last, in milliseconds since the epoch. */
  readonly heardAt: () => number;
  readonly handshake: () => Promise<Handshake>;
  readonly signal: AbortSignal;
  /** Milliseconds of silence before anybody asks. */
  readonly quiet?: number;
}

/** How many handshakes in a row fail before a connection counts as gone. Some fail at once, where a name does not resolve: then for as long as `quiet`, too. */
const mostFailures = 3;

/**
 * Resolves with the reason when nobody answers at the other end any more: a connection whose cable was cut says nothing by itself, and its client would wait
 * for a quarter of an hour. Never resolves before `signal` is aborted where somebody does.
 */
export async function fallenSilent({ heardAt, handshake, signal, quiet = 15_000 }: Watch): Promise<string | undefined> {
  let failures = 0;
  let failingSince = 0;
  while (!signal.aborted) {
    const rest = heardAt() + quiet - Date.now();
    if (rest > 0) {
      failures = 0;
      await sleep(rest, undefined, { signal }).catch(() => undefined);
      continue;
    }
    const answer = await handshake().catch(() => undefined);
    if (signal.aborted) break;
    if (answer?.kind !== 'unreachable') {
      failures = 0;
      await sleep(quiet, undefined, { signal }).catch(() => undefined);
      continue;
    }
    if (failures === 0) failingSince = Date.now();
    failures += 1;
    if (failures >= mostFailures && Date.now() - failingSince >= quiet) return answer.reason;
    await sleep(Math.min(quiet, 1000), undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

/** Asks until somebody answers; what was answered last, once the time is over. Rejects when `signal` is aborted. */
export async function answered(
  handshake: () => Promise<Handshake>,
  { until, signal }: { readonly until: number; readonly signal: AbortSignal },
): Promise<Handshake> {
  for (let pause = 250; ; pause = Math.min(pause * 2, 4000)) {
    const answer = await handshake();
    if (answer.kind !== 'unreachable' || Date.now() + pause > until) return answer;
    await sleep(pause, undefined, { signal });
  }
}
