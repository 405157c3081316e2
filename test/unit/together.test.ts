import { describe, expect, it } from 'vitest';
import type { Context } from '../../packages/core/src/context.ts';
import { DrayageError, ManyErrors } from '../../packages/core/src/errors/drayage-error.ts';
import { together } from '../../packages/core/src/together.ts';

const context = { signal: new AbortController().signal } as Context;
const failing = (code: 'BUILD_FAILED' | 'SSH_UNREACHABLE') => async () => {
  throw new DrayageError(code, `${code} happened.`);
};
const untilCancelled = ({ signal }: Context) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('together', () => {
  it('gives what all parts give, in their order', async () => {
    const late = () => new Promise<string>((resolve) => setTimeout(resolve, 10, 'late'));
    expect(await together<[string, number]>(context, [late, async () => 2])).toEqual(['late', 2]);
  });

  it('cancels the others when one fails, and throws the cause alone', async () => {
    const run = together<[unknown, unknown]>(context, [untilCancelled, failing('SSH_UNREACHABLE')]);
    await expect(run).rejects.toMatchObject({ code: 'SSH_UNREACHABLE' });
  });

  it('throws every cause where several failed by themselves', async () => {
    const run = together<[unknown, unknown]>(context, [failing('BUILD_FAILED'), failing('SSH_UNREACHABLE')]);
    const error = await run.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ManyErrors);
    expect((error as ManyErrors).errors.map(({ code }) => code)).toEqual(['BUILD_FAILED', 'SSH_UNREACHABLE']);
  });

  it('says that it was cancelled when the run itself was', async () => {
    const run = new AbortController();
    const started = together<[unknown]>({ ...context, signal: run.signal }, [untilCancelled]);
    run.abort(new DrayageError('CANCELLED', 'The run was cancelled.'));
    await expect(started).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('lets a bug through as it is', async () => {
    const bug = async () => {
      throw new TypeError('x is undefined');
    };
    await expect(together<[unknown, unknown]>(context, [bug, untilCancelled])).rejects.toThrow(TypeError);
  });
});
