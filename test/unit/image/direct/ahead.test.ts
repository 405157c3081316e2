import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readAhead } from '../../../../packages/core/src/image/direct/ahead.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function start(names: readonly string[] = ['layer']) {
  const streams: { name: string; from: number; stream: Readable }[] = [];
  const fails = { next: false };
  const blobs = new Map(
    names.map((name) => [
      name,
      {
        size: 6,
        open: async (from: number): Promise<Readable> => {
          if (fails.next) {
            fails.next = false;
            throw new Error('the connection broke');
          }
          const stream = Readable.from([Buffer.from('abcdef').subarray(from)], { objectMode: false });
          streams.push({ name, from, stream });
          return stream;
        },
      },
    ]),
  );
  const ahead = readAhead({ manifests: new Map(), blobs });
  const read = async (name: string, from: number): Promise<string> => {
    const stream = await ahead.image.blobs.get(name)?.open(from);
    return stream === undefined ? '' : text(stream);
  };
  return { ahead, streams, fails, read };
}

describe('reading ahead', () => {
  test('gives what was opened to the first that asks, whole, and opens for all others', async () => {
    const { ahead, streams, read } = start();
    ahead.open(['layer']);
    await vi.waitFor(() => expect(streams).toHaveLength(1));
    expect(await read('layer', 0)).toBe('abcdef');
    expect(streams).toHaveLength(1);
    expect(await read('layer', 0)).toBe('abcdef');
    expect(streams).toHaveLength(2);
  });

  test('is of no use to who goes on from an offset', async () => {
    const { ahead, streams, read } = start();
    ahead.open(['layer']);
    expect(await read('layer', 4)).toBe('ef');
    expect(streams.map(({ from }) => from)).toEqual([0, 4]);
  });

  test('does not hand out what failed or broke meanwhile', async () => {
    const { ahead, streams, fails, read } = start();
    fails.next = true;
    ahead.open(['layer']);
    expect(await read('layer', 0)).toBe('abcdef');
    ahead.open(['layer']);
    await vi.waitFor(() => expect(streams).toHaveLength(2));
    streams[1]?.stream.destroy(new Error('the connection broke'));
    expect(await read('layer', 0)).toBe('abcdef');
    expect(streams).toHaveLength(3);
  });

  test('opens three, keeps them for five seconds, and lets go of them at the end', async () => {
    const names = ['one', 'two', 'three', 'four'];
    const { ahead, streams } = start(names);
    ahead.open([...names, 'unknown']);
    await vi.waitFor(() => expect(streams.map(({ name }) => name)).toEqual(['one', 'two', 'three']));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(streams.every(({ stream }) => stream.destroyed)).toBe(true);

    const other = start();
    other.ahead.open(['layer']);
    await vi.waitFor(() => expect(other.streams).toHaveLength(1));
    other.ahead[Symbol.dispose]();
    await vi.waitFor(() => expect(other.streams[0]?.stream.destroyed).toBe(true));
  });

  test('opens nothing any more once it is over', async () => {
    const { ahead, streams } = start();
    ahead[Symbol.dispose]();
    ahead.open(['layer']);
    await Promise.resolve();
    expect(streams).toEqual([]);
  });
});
