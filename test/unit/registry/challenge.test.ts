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
  // GitLab, Quay, Artifact Registry, Azure, Harbor; ECR has Basic.
  [
    'Bearer realm="https://gitlab.example.com:8443/jwt/auth",service="container_registry",scope="registry:catalog:*",error="invalid_token"',
    {
      scheme: 'bearer',
      realm: 'https://gitlab.example.com:8443/jwt/auth',
      service: 'container_registry',
      scope: 'registry:catalog:*',
    },
  ],
  [
    'Bearer realm="https://quay.io/v2/auth",service="quay.io"',
    { scheme: 'bearer', realm: 'https://quay.io/v2/auth', service: 'quay.io' },
  ],
  [
    'Bearer realm="https://europe-docker.pkg.dev/v2/token",service="europe-docker.pkg.dev"',
    { scheme: 'bearer', realm: 'https://europe-docker.pkg.dev/v2/token', service: 'europe-docker.pkg.dev' },
  ],
  [
    'Bearer realm="https://acme.azurecr.io/oauth2/token",service="acme.azurecr.io", Basic realm="acme.azurecr.io"',
    { scheme: 'bearer', realm: 'https://acme.azurecr.io/oauth2/token', service: 'acme.azurecr.io' },
  ],
  [
    'Basic realm="https://123456789012.dkr.ecr.eu-central-1.amazonaws.com/",service="ecr.amazonaws.com"',
    { scheme: 'basic', realm: 'https://123456789012.dkr.ecr.eu-central-1.amazonaws.com/' },
  ],
  [['Basic realm="a"', 'Bearer realm="https://x/t"'], { scheme: 'bearer', realm: 'https://x/t' }],
  ['Negotiate, NTLM, Basic realm="x"', { scheme: 'basic', realm: 'x' }],
  ['Bearer service="no realm", Basic realm="x"', { scheme: 'basic', realm: 'x' }],
  ['Negotiate', undefined],
  ['', undefined],
  [undefined, undefined],
])('reads %s', (header, expected) => {
  expect(parseChallenge(header)).toEqual(expected);
});
