import { describe, expect, it } from 'vitest';
import { diagnoseBuild, readFailure } from '../../../packages/core/src/build/diagnose.ts';

const blamed = { service: 'web', server: 'builder', dockerfile: 'apps/web/Dockerfile' };

/** As docker buildx 0.13 prints it with --progress=plain. */
const runFailed = `#8 [4/5] RUN npm ci
#8 2.636 npm error code EUSAGE
#8 ERROR: process "/bin/sh -c npm ci &&     npm run build" did not complete successfully: exit code: 1
------
 > [4/5] RUN npm ci &&     npm run build:
2.636 npm error code EUSAGE
------
Dockerfile:4
--------------------
   2 |     WORKDIR /app
   3 |     COPY package*.json ./
   4 | >>> RUN npm ci && \\
   5 | >>>     npm run build
   6 |     COPY . .
--------------------
ERROR: failed to solve: process "/bin/sh -c npm ci &&     npm run build" did not complete successfully: exit code: 1
`;

const from = (image: string, reason: string) => `------
 > [internal] load metadata for ${image}:
------
Dockerfile:1
--------------------
   1 | >>> FROM ${image}
--------------------
ERROR: failed to solve: ${image}: failed to resolve source metadata for ${image}: ${reason}
`;

it('reads the instruction, its line, the reason and the excerpt', () => {
  expect(readFailure(runFailed)).toEqual({
    instruction: 'RUN npm ci && npm run build',
    line: 4,
    reason: 'process "/bin/sh -c npm ci &&     npm run build" did not complete successfully: exit code: 1',
    excerpt: runFailed.slice(runFailed.indexOf('------')).trimEnd(),
  });
});

it('points at the line of the Dockerfile and says what helps', () => {
  expect(diagnoseBuild(runFailed, blamed)).toMatchObject({
    code: 'BUILD_FAILED',
    message:
      'The build of web on builder failed at apps/web/Dockerfile:4, `RUN npm ci && npm run build`: it ended with exit status 1.',
    hint: 'package.json and package-lock.json differ: run `npm install` and commit both.',
    at: { file: 'apps/web/Dockerfile', line: 4 },
  });
});

describe('known causes', () => {
  it.each([
    ['no space left', 'ERROR: failed to solve: failed to copy: write /x: no space left on device', 'DISK_FULL'],
    ['a base image that does not exist', from('r.example.com/x:1', 'r.example.com/x:1: not found'), 'IMAGE_NOT_FOUND'],
    [
      'a private base image',
      from(
        'acme/x:1',
        'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
      ),
      'REGISTRY_AUTH',
    ],
    [
      'a rate limit',
      from('nginx', 'unexpected status from HEAD request: 429 Too Many Requests'),
      'REGISTRY_RATE_LIMITED',
    ],
    [
      'a registry without a name in DNS',
      from(
        'r.invalid/x',
        'failed to do request: Head "https://r.invalid/v2/x/manifests/1": dial tcp: lookup r.invalid: no such host',
      ),
      'REGISTRY_UNREACHABLE',
    ],
    [
      'an unknown authority',
      from(
        'r/x',
        'failed to do request: Head "https://r/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
      ),
      'REGISTRY_UNREACHABLE',
    ],
    [
      'an engine that does not run',
      'ERROR: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
      'DOCKER_UNREACHABLE',
    ],
    ['anything else', 'ERROR: failed to solve: something new', 'BUILD_FAILED'],
  ])('%s', (_, log, code) => {
    expect(diagnoseBuild(log, blamed)).toMatchObject({ code });
  });

  it.each([
    ['exec format error', 'exec /bin/sh: exec format error', /another processor/],
    ['a missing secret', 'ERROR: failed to solve: secret NPM_TOKEN: not found', /build\.secrets/],
    [
      'a missing file',
      'ERROR: failed to solve: failed to compute cache key: failed to calculate checksum of ref x::y: "/a.txt": not found',
      /not in the build context/,
    ],
    ['a missing stage', 'ERROR: failed to solve: target stage "prod" could not be found', /build\.target/],
    [
      'a step killed for memory',
      'ERROR: failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 137',
      /memory/,
    ],
    [
      'npm without network',
      'npm error code EAI_AGAIN\nERROR: failed to solve: process "x" did not complete successfully: exit code: 1',
      /DNS/,
    ],
  ])('%s gets advice', (_, log, hint) => {
    expect(diagnoseBuild(log, blamed).hint).toMatch(hint);
  });

  it('does not mistake what a step printed long before for the cause', () => {
    const log = `#5 0.1 checking: pull access denied for test\n${runFailed}`;
    expect(diagnoseBuild(log, blamed).code).toBe('BUILD_FAILED');
  });
});

it('says something of a log without an error', () => {
  expect(diagnoseBuild('', blamed).message).toBe('The build of web on builder failed: it said nothing.');
});

it.each([
  [
    {},
    'acme/base:2 is private or does not exist. Check its name; if it is private, declare username and password under registries."docker.io": that of another registry is never sent there.',
  ],
  [
    { 'docker.io': { host: 'docker.io', username: 'ci', insecure: false } },
    'It was asked for as user ci. Check the secret behind registries."docker.io".password, and that this user may read acme/base:2.',
  ],
])('says whether a refused base image had a login', (registries, hint) => {
  const log = from('docker.io/acme/base:2', 'pull access denied, repository does not exist');
  expect(diagnoseBuild(log, { ...blamed, registries })).toMatchObject({ code: 'REGISTRY_AUTH', hint });
});
