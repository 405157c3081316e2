import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../../../packages/core/src/host/github/refusal.ts';

const context = { permission: 'deployments: write', fork: undefined, waited: undefined };
const answered = (status: number, data: unknown = {}, headers: Record<string, string> = {}) =>
  Object.assign(new Error('HttpError'), { status, response: { status, data, headers } });

describe('refusalOf', () => {
  it.each([403, 404])('names the line that is missing (%i)', (status) => {
    expect(refusalOf(answered(status), context)).toEqual({
      reason: `GitHub refused it (${status}). The token needs \`permissions: deployments: write\`.`,
      isFinal: true,
    });
  });

  it('says that no line helps in a pull request from a fork', () => {
    const { reason } = refusalOf(answered(403), { ...context, fork: 'eve/shop' });
    expect(reason).toBe(
      'GitHub refused it (403). The pull request comes from the fork eve/shop, whose token can only read, whatever `permissions` says.',
    );
  });

  it("hands on GitHub's words where the permission may not be what is missing", () => {
    const data = { message: 'Unable to create comment because issue is locked.' };
    expect(refusalOf(answered(403, data), context).reason).toBe(
      'GitHub refused it (403): Unable to create comment because issue is locked. The token needs `permissions: deployments: write`.',
    );
    expect(refusalOf(answered(404, { message: 'Not Found' }), context).reason).toBe(
      'GitHub refused it (404). The token needs `permissions: deployments: write`.',
    );
  });

  it('tells a wrong token from a missing permission', () => {
    expect(refusalOf(answered(401), context).reason).toBe(
      'GitHub does not know the token (401): it is wrong, or has expired.',
    );
  });

  it('tells a used-up limit from a missing permission, and says until when', () => {
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1767323045' };
    expect(refusalOf(answered(403, {}, headers), context).reason).toBe(
      'GitHub takes no more requests of this token until 03:04 UTC (403).',
    );
    expect(refusalOf(answered(429), context).reason).toBe('GitHub takes no more requests of this token (429).');
  });

  it("hands on GitHub's own words, on one line", () => {
    const data = { message: 'Validation Failed', errors: [{ message: 'No ref found\nfor: abc' }, { code: 'custom' }] };
    expect(refusalOf(answered(422, data), context)).toEqual({
      reason: 'GitHub answered 422: Validation Failed; No ref found for: abc.',
      isFinal: true,
    });
  });

  it('tries again after an error of the server', () => {
    expect(refusalOf(answered(502, 'Bad gateway'), context)).toEqual({
      reason: 'GitHub answered 502.',
      isFinal: false,
    });
  });

  it('knows an answer from none', () => {
    expect(refusalOf(Object.assign(new Error('getaddrinfo ENOTFOUND'), { status: 500 }), context)).toEqual({
      reason: 'GitHub could not be reached (getaddrinfo ENOTFOUND).',
      isFinal: false,
    });
    expect(refusalOf(new Error('aborted'), { ...context, waited: 5000 }).reason).toBe(
      'GitHub did not answer within 5 s.',
    );
  });
});
