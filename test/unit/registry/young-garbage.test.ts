import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { passedOn } from '../../../packages/core/src/registry/young-garbage.ts';

it('collects what was passed on as it goes, and the rest of the heap not for that', async () => {
  const kinds: unknown[] = [];
  const take = (entries: readonly PerformanceEntry[]) =>
    kinds.push(...entries.map((entry) => (entry as { detail?: { kind: number } }).detail?.kind));
  const observer = new PerformanceObserver((list) => take(list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  for (let index = 0; index < 10; index += 1) passedOn(4_000_000);
  await sleep(20);
  observer.disconnect();
  expect(kinds.filter((kind) => kind === constants.NODE_PERFORMANCE_GC_MINOR).length).toBeGreaterThanOrEqual(5);
  expect(Reflect.get(globalThis, 'gc')).toBeUndefined();
});
