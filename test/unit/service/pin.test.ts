import { describe, expect, it } from 'vitest';
import { loopbackImage, loopbackPorts } from '../../../packages/core/src/registry/loopback.ts';
import { engineRequests } from '../../../packages/core/src/service/facts.ts';
import { lookupName, pinImage, requireArrived } from '../../../packages/core/src/service/pin.ts';
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

describe('an image that came over SSH', () => {
  const image = loopbackImage('shop-production-web', loopbackPorts('shop-production-web')[0] ?? 0, digest);
  const has = { id: digest, platform: 'linux/amd64', user: '' };
  const node = (name: string, found?: typeof has) => ({ server: { name }, facts: facts({ image: found }) });

  it('must be on every node: no registry can be asked', () => {
    expect(() => requireArrived(image, [node('node-1', has), node('node-2')])).toThrow(
      expect.objectContaining({ code: 'IMAGE_NOT_FOUND', message: expect.stringMatching(/^node-2 does not have/) }),
    );
    expect(() => requireArrived(image, [node('node-1', has)])).not.toThrow();
    expect(() => requireArrived(`127.0.0.1:5000/web@${digest}`, [node('node-1')])).not.toThrow();
  });

  it('is asked of the engine, and of nobody else', () => {
    const owner = { project: 'shop', environment: 'production', service: 'web' };
    const asked = engineRequests({ owner, resource: 'shop-production-web', stateDir: '/s', image });
    expect(asked.map(({ path }) => path).filter((path) => path.includes(digest))).toEqual([`/images/${image}/json`]);
  });
});
