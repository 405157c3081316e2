import { describe, expect, it } from 'vitest';
import { incomplete, itemsOfFacts, printItems } from '../../../packages/core/src/setup/items.ts';
import { parseTrials } from '../../../packages/core/src/setup/validate.ts';
import { exampleDocker, exampleFacts, exampleWish } from './example.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('itemsOfFacts', () => {
  it('finds nothing wrong with a complete server', () => {
    const items = itemsOfFacts(exampleFacts(), exampleWish({ platforms: ['linux/amd64'] }));
    expect(incomplete('build-1', items)).toBeUndefined();
    expect(printItems(items)).toEqual([
      'ok     engine    Docker 28.5.2, API 1.51',
      'ok     disk      50.0 GB free',
      'ok     memory    4.0 GB',
      'ok     clock     in step',
      'ok     buildx    /usr/libexec/docker/cli-plugins/docker-buildx',
      'ok     git       installed',
      'ok     platform  linux/amd64',
    ]);
  });

  it('names every fault with its cure', () => {
    const facts = exampleFacts({
      docker: { ...exampleDocker, buildx: undefined, engine: { version: '24.0.7', api: '1.43' } },
      disk: { free: 1024 ** 3, total: 10 * 1024 ** 3 },
      clockSkew: -300,
    });
    const items = itemsOfFacts(facts, exampleWish({ platforms: ['linux/arm64'] }));
    expect(incomplete('build-1', items)?.message).toBe(
      'build-1 is not ready: engine (Docker 24.0.7 has API 1.43, needed is 1.44); disk (1.0 GB free); clock (300 s behind); buildx (missing); platform (it is linux/amd64, drayage.yml says linux/arm64).',
    );
    expect(incomplete('build-1', items)).toMatchObject({
      code: 'SETUP_INCOMPLETE',
      hint: 'Upgrade Docker to 25 or newer.',
    });
  });
});

it('takes a platform beside its own for one that is emulated', () => {
  const items = itemsOfFacts(exampleFacts(), exampleWish({ platforms: ['linux/amd64', 'linux/arm64'] }));
  expect(items.find(({ item }) => item === 'platform')).toEqual({
    item: 'platform',
    ok: true,
    detail: 'linux/amd64; emulates linux/arm64',
    cure: 'RUN steps for linux/arm64 need QEMU on the server: apt-get install qemu-user-static binfmt-support',
  });
});

describe('parseTrials', () => {
  it('takes the line that says why, and its cure', () => {
    const output = `#5 [1/2] step\nerror: denied: requested access to the resource is denied\nbye`;
    const log = `some noise\nitem\tbuild\tok\t${base64('#1 x\nbuilt and loaded\n')}\nitem\tregistry r:5000\tfailed\t${base64(output)}\n`;
    expect(parseTrials(log)).toEqual([
      { item: 'build', ok: true, detail: 'built and loaded' },
      {
        item: 'registry r:5000',
        ok: false,
        detail: 'error: denied: requested access to the resource is denied',
        cure: 'Give the account the right to push to this repository.',
      },
    ]);
  });

  it.each([
    [
      'Error response from daemon: Get "https://r/v2/": unauthorized: incorrect username or password',
      /username and password/,
    ],
    ['http: server gave HTTP response to HTTPS client', /insecure: true/],
    ['tls: failed to verify certificate: x509: certificate signed by unknown authority', /registries\.<host>\.ca/],
    ['write /layer: no space left on device', /docker system df/],
  ])('knows a cure for: %s', (output, cure) => {
    expect(parseTrials(`item\tx\tfailed\t${base64(output)}\n`)[0]?.cure).toMatch(cure);
  });
});
