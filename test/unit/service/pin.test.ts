import { describe, expect, it } from 'vitest';
import { lookupName, pinImage } from '../../../packages/core/src/service/pin.ts';
import { facts } from './specs.ts';

const digest = `sha256:${'b'.repeat(64)}`;
const asked = (registry: object) => facts({ registry: registry as never });

describe('pinImage', () => {
  it.each([
    ['nginx:1.27', `nginx@${digest}`],
    ['docker.io/library/nginx:1.27', `nginx@${digest}`],
    ['r.test:5000/a/b:tag', `r.test:5000/a/b@${digest}`],
  ])('takes the digest of %s from the registry', (image, expected) => {
    expect(pinImage(image, 'node-1', asked({ digest, platforms: [] }))).toBe(expected);
  });

  it('takes a digest that is given, whatever the tag says', () => {
    const own = `sha256:${'c'.repeat(64)}`;
    expect(pinImage(`r.test/a:1@${own}`, 'node-1', asked({ digest, platforms: [] }))).toBe(`r.test/a@${own}`);
    expect(lookupName(`r.test/a:1@${own}`)).toBe(`r.test/a@${own}`);
  });

  it('takes the id of an image that the node has', () => {
    expect(pinImage(digest, 'node-1', facts({ image: { id: digest, platform: 'linux/amd64', user: '' } }))).toBe(
      digest,
    );
    expect(() => pinImage(digest, 'node-1', facts())).toThrow(expect.objectContaining({ code: 'IMAGE_NOT_FOUND' }));
  });

  it.each([
    [{ status: 404, error: 'manifest unknown: manifest unknown' }, 'IMAGE_NOT_FOUND'],
    [{ status: 401, error: 'unauthorized: authentication required' }, 'REGISTRY_AUTH'],
    [{ status: 500, error: 'toomanyrequests: You have reached your pull rate limit' }, 'REGISTRY_RATE_LIMITED'],
    [{ status: 500, error: 'dial tcp: lookup r.test: no such host' }, 'REGISTRY_UNREACHABLE'],
  ])('explains a refusal: %o', (answer, code) => {
    expect(() => pinImage('r.test/a:1', 'node-1', asked(answer))).toThrow(expect.objectContaining({ code }));
  });

  it('tells now that a digest does not exist, but trusts the node where the registry cannot be asked', () => {
    const image = `r.test/a@${digest}`;
    expect(() => pinImage(image, 'node-1', asked({ status: 404, error: 'manifest unknown' }))).toThrow();
    expect(pinImage(image, 'node-1', asked({ status: 500, error: 'no such host' }))).toBe(image);
  });
});
