import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { answered, brokenConnection, fallenSilent } from '../../../packages/core/src/build/remote/outage.ts';
import type { Handshake } from '../../../packages/core/src/transport/tls-handshake.ts';

const accepted: Handshake = { kind: 'accepted', validTo: new Date(0) };
const unreachable: Handshake = { kind: 'unreachable', reason: 'no answer within 10 s' };

describe('what buildctl says last', () => {
  // As buildctl 0.34.2 said it in the lab.
  it.each([
    [
      'error: failed to solve: Unavailable: error reading from server: read tcp 10.77.2.1:52578->10.77.2.10:1234: read: connection reset by peer',
      'connection reset by peer',
    ],
    ['error: failed to solve: Unavailable: error reading from server: EOF', 'EOF'],
    ['error: failed to receive status: rpc error: code = Unavailable desc = closing transport', 'closing transport'],
    [
      'error: failed to solve: DeadlineExceeded: failed to push 10.77.1.1:5000/a/b: no active session for pra73vzzi0im: context deadline exceeded',
      'no active session for pra73vzzi0im',
    ],
  ])('is a broken connection: %s', (line, reason) => {
    expect(brokenConnection(`#4 [2/2] RUN make\n#4 0.2 done\n${line}\n`)).toBe(reason);
  });

  it.each([
    'error: failed to solve: process "/bin/sh -c curl -f example.com" did not complete successfully: exit code: 56',
    'error: failed to solve: busybox:1: failed to resolve source metadata for docker.io/library/busybox:1: connection reset by peer',
    'error: failed to solve: failed to push ghcr.io/a/b: unexpected status: 503 Service Unavailable',
  ])('is a build that failed: %s', (line) => {
    expect(
      brokenConnection(`#4 0.2 error: rpc error: code = Unavailable desc = of a program in a step\n${line}\n`),
    ).toBe(undefined);
  });
});

describe('a connection that says nothing', () => {
  const watch = (answers: readonly Handshake[], signal: AbortSignal) => {
    const heardAt = Date.now();
    let asked = 0;
    const handshake = async () => answers[asked++] ?? unreachable;
    return fallenSilent({ heardAt: () => heardAt, handshake, signal, quiet: 20 }).then((reason) => ({ reason, asked }));
  };

  it('is gone when nobody answers three times in a row', async () => {
    const { signal } = new AbortController();
    expect(await watch([unreachable, accepted], signal)).toEqual({ reason: 'no answer within 10 s', asked: 5 });
  });

  it('is not gone for a moment in which a name does not resolve', async () => {
    const begun = Date.now();
    const { signal } = new AbortController();
    const heardAt = Date.now();
    const handshake = async () => unreachable;
    await fallenSilent({ heardAt: () => heardAt, handshake, signal, quiet: 200 });
    // 200 of silence, and 200 in which each of many attempts failed at once.
    expect(Date.now() - begun).toBeGreaterThanOrEqual(390);
  });

  it('is well while somebody answers, until it is over', async () => {
    const stop = new AbortController();
    const watching = watch(Array(1000).fill(accepted), stop.signal);
    await sleep(100);
    stop.abort();
    expect((await watching).reason).toBeUndefined();
  });
});

it('waits for an answer no longer than it is told to', async () => {
  const { signal } = new AbortController();
  const answers = [unreachable, accepted];
  const handshake = async () => answers.shift() ?? unreachable;
  expect(await answered(handshake, { until: Date.now() + 10_000, signal })).toBe(accepted);
  expect(await answered(handshake, { until: Date.now() + 100, signal })).toBe(unreachable);
});
