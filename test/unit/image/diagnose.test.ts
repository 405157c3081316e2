import { expect, it } from 'vitest';
import { diagnosePush } from '../../../packages/core/src/image/diagnose.ts';
import { TransientFailure } from '../../../packages/core/src/registry/failure.ts';

const pushing = {
  registry: { host: 'r.example.com', username: 'ci', insecure: false },
  server: 'builder',
  image: 'r.example.com/web:1',
};
const log = (line: string) => `The push refers to repository [r.example.com/web]\n3e113feb27e7: Pushing\n${line}\n`;

it.each([
  ['unauthorized: authentication required', 'REGISTRY_AUTH', false],
  ['no basic auth credentials', 'REGISTRY_AUTH', false],
  ['denied: requested access to the resource is denied', 'REGISTRY_DENIED', false],
  ['An image does not exist locally with the tag: r.example.com/web', 'IMAGE_NOT_FOUND', false],
  [
    'Get "https://r.example.com/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    'REGISTRY_UNREACHABLE',
    false,
  ],
  ['Get "https://r.example.com/v2/": http: server gave HTTP response to HTTPS client', 'REGISTRY_UNREACHABLE', false],
  ['Get "https://r.example.com/v2/": dial tcp: lookup r.example.com: no such host', 'REGISTRY_UNREACHABLE', false],
  ['tag invalid: The image tag is immutable', 'TAG_REFUSED', false],
  ['toomanyrequests: slow down', 'REGISTRY_RATE_LIMITED', true],
  ['Get "https://r.example.com/v2/": dial tcp 10.0.0.1:443: connect: connection refused', 'REGISTRY_UNREACHABLE', true],
  ['Get "https://r.example.com/v2/": net/http: TLS handshake timeout', 'REGISTRY_UNREACHABLE', true],
  ['received unexpected HTTP status: 503 Service Unavailable', 'REGISTRY_UNREACHABLE', true],
  ['unexpected EOF', 'REGISTRY_UNREACHABLE', true],
])('takes %j for %s, worth another try: %s', (line, code, isTransient) => {
  const found = diagnosePush(log(line), pushing);
  expect(found instanceof TransientFailure).toBe(isTransient);
  expect(found instanceof TransientFailure ? found.verdict : found).toMatchObject({ code });
});
