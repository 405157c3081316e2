import { expect, it } from 'vitest';
import { parseChallenge } from '../../../packages/core/src/registry/challenge.ts';

it.each([
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/nginx:pull,push"',
    {
      scheme: 'bearer',
      realm: 'https://auth.docker.io/token',
      service: 'registry.docker.io',
      scope: 'repository:library/nginx:pull,push',
    },
  ],
  [
    'bearer  realm=https://ghcr.io/token , service=ghcr.io',
    { scheme: 'bearer', realm: 'https://ghcr.io/token', service: 'ghcr.io' },
  ],
  ['Basic realm="Registry Realm"', { scheme: 'basic', realm: 'Registry Realm' }],
  ['Basic realm="a, bearer b", Bearer realm="https://x/t"', { scheme: 'bearer', realm: 'https://x/t' }],
  ['Basic realm="with \\"quotes\\""', { scheme: 'basic', realm: 'with "quotes"' }],
  ['Negotiate', undefined],
  ['', undefined],
  [undefined, undefined],
])('reads %s', (header, expected) => {
  expect(parseChallenge(header)).toEqual(expected);
});
