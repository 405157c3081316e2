import { describe, expect, test, vi } from 'vitest';
import { Hold } from '../../../../packages/core/src/image/direct/hold.ts';
import { Progress } from '../../../../packages/core/src/image/direct/progress.ts';

const megabyte = 1_000_000;
const sizes = new Map([
  ['large', { size: 1000 * megabyte }],
  ['other', { size: 200 * megabyte }],
  ['small', { size: 50 * megabyte }],
]);

function start() {
  const progress = new Progress(sizes, () => undefined);
  const hold = new Hold(progress, sizes);
  const again = vi.fn(async () => undefined);
  hold.onWorthwhile = again;
  const fetch = (digest: string, from: number, bytes: number): void => {
    hold.onBegin(digest, from);
    for (let sent = 0; sent < bytes; sent += megabyte) hold.onBytes(digest, megabyte);
  };
  return { progress, hold, again, fetch };
}

describe('holding what has come of a layer', () => {
  test('is done once, when 32 MB have come, for all that is fetched at the time', () => {
    const { hold, again, fetch, progress } = start();
    hold.onBegin('other', 0);
    fetch('large', 0, 31 * megabyte);
    expect(again).not.toHaveBeenCalled();
    hold.onBytes('large', megabyte);
    expect(again).toHaveBeenCalledTimes(1);
    fetch('large', 32 * megabyte, 900 * megabyte);
    fetch('other', 0, 1 * megabyte);
    expect(again).toHaveBeenCalledTimes(1);
    expect(progress.conclude()).not.toContain('continued');
  });

  test('is not worth it for a layer of 50 MB', () => {
    const { again, fetch } = start();
    fetch('small', 0, 50 * megabyte);
    expect(again).not.toHaveBeenCalled();
  });

  test('is done again for a layer that begins anew because a connection broke before', () => {
    const { again, fetch } = start();
    fetch('large', 0, 20 * megabyte);
    fetch('large', 0, 40 * megabyte);
    expect(again).toHaveBeenCalledTimes(1);
  });

  test('tells how often a broken connection was survived, and not of what was interrupted on purpose', () => {
    const { fetch, progress } = start();
    fetch('large', 0, 100 * megabyte);
    fetch('large', 99 * megabyte, 100 * megabyte);
    fetch('large', 190 * megabyte, 100 * megabyte);
    expect(progress.conclude()).toContain('1 time(s) continued where it stopped');
  });

  test('is given up with an engine that throws away what was held', () => {
    const { again, fetch } = start();
    for (let attempt = 0; attempt < 5; attempt += 1) fetch('large', 0, 100 * megabyte);
    expect(again).toHaveBeenCalledTimes(2);
  });

  test('is tried again where it failed, for what has come by then', async () => {
    const { hold, again, fetch } = start();
    again.mockRejectedValueOnce(new Error('the connection broke'));
    fetch('large', 0, 40 * megabyte);
    await vi.waitFor(() => expect(again).toHaveBeenCalledTimes(1));
    await Promise.resolve();
    hold.onBytes('large', megabyte);
    hold.onBytes('large', megabyte);
    expect(again).toHaveBeenCalledTimes(2);
  });

  test('is tried again where the pull was not there to be cancelled, though not for ever', async () => {
    const { hold, again, fetch } = start();
    again.mockRejectedValue(new Error('no such process'));
    hold.onBegin('large', 0);
    for (let sent = 0; sent < 60; sent += 1) {
      hold.onBytes('large', megabyte);
      await Promise.resolve().then(() => Promise.resolve());
    }
    expect(again).toHaveBeenCalledTimes(6);
    again.mockReset();
    fetch('large', 60 * megabyte, 10 * megabyte);
    expect(again).not.toHaveBeenCalled();
  });
});
