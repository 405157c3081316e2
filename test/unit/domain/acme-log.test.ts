import { describe, expect, it } from 'vitest';
import { findAcmeFailure } from '../../../packages/core/src/domain/acme-log.ts';

const line = (entry: object) => `${JSON.stringify({ ts: 1, ...entry })}\n`;
const connection =
  line({
    level: 'error',
    logger: 'tls.issuance.acme.acme_client',
    msg: 'challenge failed',
    identifier: 'shop.example.com',
    challenge_type: 'http-01',
    problem: { type: 'urn:ietf:params:acme:error:connection' },
  }) +
  line({
    level: 'error',
    logger: 'tls.obtain',
    msg: 'will retry',
    error:
      '[shop.example.com] Obtain: [shop.example.com] solving challenge: shop.example.com: [shop.example.com] authorization failed: HTTP 400 urn:ietf:params:acme:error:connection - dial tcp 203.0.113.9:80: connect: connection refused (order=https://acme/o/1) (ca=https://acme/dir)',
    attempt: 1,
    retrying_in: 60,
  });

describe('findAcmeFailure', () => {
  it("gives the authority's words without what the proxy wraps around them", () => {
    expect(findAcmeFailure(connection, 'shop.example.com')).toEqual({
      reason: 'dial tcp 203.0.113.9:80: connect: connection refused (connection)',
      final: true,
    });
  });

  it('keeps silent about other hosts', () => {
    expect(findAcmeFailure(connection, 'other.example.com')).toBeUndefined();
  });

  it.each([
    ['HTTP 429 urn:ietf:params:acme:error:rateLimited - too many certificates already issued', true],
    ['HTTP 500 urn:ietf:params:acme:error:serverInternal - try again', false],
    ['performing request: Get "https://acme/dir": dial tcp: connect: connection refused', false],
  ])('judges whether waiting helps: %s', (error, final) => {
    const log = `not json\n${line({ level: 'error', identifier: 'a.example', error })}`;
    expect(findAcmeFailure(log, 'a.example')?.final).toBe(final);
  });
});
