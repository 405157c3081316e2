import { beforeAll, describe, expect, it } from 'vitest';
import { checkPair, type Pair } from '../../../packages/core/src/domain/certificate.ts';
import { makePair } from './certificates.ts';

const day = 24 * 60 * 60 * 1000;
let shop: Pair;
let other: Pair;
beforeAll(() => {
  shop = makePair(['shop.example.com', '*.shop.example.com']);
  other = makePair(['other.example.com']);
});

const check =
  (pair: Pair, host = 'shop.example.com', later = 0) =>
  () =>
    checkPair(host, pair, new Date(Date.now() + later));

describe('checkPair', () => {
  it('accepts a pair that serves the host, also by its wildcard', () => {
    expect(check(shop)).not.toThrow();
    expect(check(shop, 'eu.shop.example.com')).not.toThrow();
    expect(check(shop, '*.shop.example.com')).not.toThrow();
  });

  it.each([
    [
      'a key of another certificate',
      () => check({ cert: shop.cert, key: other.key }),
      /`key` does not belong to the first certificate/,
    ],
    ['another name', () => check(other), /it is for other\.example\.com/],
    [
      'a wildcard of another level',
      () => check(shop, 'a.b.shop.example.com'),
      /it is for shop\.example\.com, \*\.shop/,
    ],
    ['the past', () => check(shop, undefined, 31 * day), /it expired on/],
    ['the future', () => check(shop, undefined, -2 * day), /it is not valid before/],
    [
      'a stranger in the chain',
      () => check({ ...shop, cert: shop.cert + other.cert }),
      /certificate 2 in `cert` did not sign certificate 1/,
    ],
    [
      'a path instead of PEM',
      () => check({ ...shop, cert: '/etc/ssl/shop.pem' }),
      /`cert` holds no certificate in PEM/,
    ],
    ['an unreadable key', () => check({ ...shop, key: 'secret' }), /`key` is not an unencrypted private key/],
  ])('refuses %s', (_, attempt, message) => {
    expect(attempt()).toThrowError(
      expect.objectContaining({ code: 'CERTIFICATE_INVALID', message: expect.stringMatching(message) }),
    );
  });
});
