import { expect, it } from 'vitest';
import { DrayageError } from '../../../packages/core/src/errors/drayage-error.ts';
import { retryAfter, retryTransient, TransientFailure } from '../../../packages/core/src/registry/failure.ts';

const fault = () => new TransientFailure(new DrayageError('REGISTRY_UNREACHABLE', 'gone'));

it('tries again after a fault of transport, and says so', async () => {
  const reasons: string[] = [];
  const result = await retryTransient(
    async (attempt) => {
      if (attempt < 3) throw fault();
      return attempt;
    },
    { retries: 3, firstDelay: 1, onRetry: (reason, attempt) => reasons.push(`${attempt} ${reason}`) },
  );
  expect(result).toBe(3);
  expect(reasons).toEqual(['1 gone', '2 gone']);
});

it('gives up after the last attempt with the verdict', async () => {
  let attempts = 0;
  const work = async () => {
    attempts += 1;
    throw fault();
  };
  await expect(retryTransient(work, { retries: 2, firstDelay: 1 })).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
  });
  expect(attempts).toBe(3);
});

it('does not try again what will stay wrong', async () => {
  let attempts = 0;
  const work = async () => {
    attempts += 1;
    throw new DrayageError('REGISTRY_AUTH', 'no');
  };
  await expect(retryTransient(work, { retries: 5, firstDelay: 1 })).rejects.toMatchObject({ code: 'REGISTRY_AUTH' });
  expect(attempts).toBe(1);
});

it('waits as long as it was asked to, but not for ever', async () => {
  const started = Date.now();
  const patient = async (attempt: number) => {
    if (attempt === 1) throw new TransientFailure(new DrayageError('REGISTRY_RATE_LIMITED', 'slow down'), 80);
    return 'done';
  };
  expect(await retryTransient(patient, { retries: 1, firstDelay: 1 })).toBe('done');
  expect(Date.now() - started).toBeGreaterThanOrEqual(79);

  const impatient = async () => {
    throw new TransientFailure(new DrayageError('REGISTRY_RATE_LIMITED', 'tomorrow'), 86_400_000);
  };
  await expect(retryTransient(impatient, { retries: 3, firstDelay: 1 })).rejects.toMatchObject({
    code: 'REGISTRY_RATE_LIMITED',
  });
});

it('ends with CANCELLED while it waits', async () => {
  const controller = new AbortController();
  const work = async () => {
    throw fault();
  };
  const waiting = retryTransient(work, { retries: 5, firstDelay: 60_000, signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
});

it.each([
  ['5', 5000],
  ['Wed, 21 Oct 2015 07:28:10 GMT', 10_000],
  ['soon', undefined],
  [undefined, undefined],
])('reads Retry-After: %s', (header, expected) => {
  expect(retryAfter(header, Date.parse('Wed, 21 Oct 2015 07:28:00 GMT'))).toBe(expected);
});
