import { describe, expect, it } from 'vitest';
import { describeLoad, tally } from '../../load/tally.ts';

function sample() {
  const counts = tally(1000);
  for (const kind of ['kept', 'new', 'kept', 'new', 'slow'] as const) counts.sent(kind, 4000);
  counts.ended('kept', 1000, 1010, { version: 'one' });
  counts.ended('new', 1010, 1030, { version: 'one' });
  counts.ended('slow', 1000, 4000, { version: 'one' });
  counts.ended('kept', 4000, 4005, { version: 'two' });
  counts.lateBy(3);
  counts.lateBy(1);
  return counts;
}

describe('a tally of requests', () => {
  it('counts what was sent, what was answered, and what is still out', () => {
    const { sent, answered, failed, inFlight, kinds } = sample().result(0);
    expect({ sent, answered, failed, inFlight, kinds }).toEqual({
      sent: 5,
      answered: 4,
      failed: 0,
      inFlight: 1,
      kinds: { kept: 2, new: 2, slow: 1 },
    });
  });

  it('knows when each version answered first and last', () => {
    expect(sample().result(0).versions).toEqual({
      one: { count: 3, first: 1010, last: 4000 },
      two: { count: 1, first: 4005, last: 4005 },
    });
  });

  it('leaves slow pages out of the latency', () => {
    expect(sample().result(0).latency).toEqual({ p50: 10, p95: 20, p99: 20, max: 20 });
  });

  it('remembers the worst delay of its own', () => {
    expect(sample().result(0).late).toBe(3);
  });

  it('says first what was sent and failed, then why', () => {
    const counts = sample();
    counts.ended('new', 4000, 4100, { failure: 'ECONNRESET' });
    expect(describeLoad(counts.result(0))).toEqual([
      'sent 5, failed 1',
      '2 on kept connections, 2 on new ones, 1 slow; 2 a second',
      'answers of version one: 3, from 0.0 s to 3.0 s',
      'answers of version two: 1, from 3.0 s to 3.0 s',
      'failed with ECONNRESET: 1, from 3.1 s to 3.1 s',
      'latency: half within 10 ms, 99 % within 20 ms, worst 20 ms',
    ]);
  });
});
