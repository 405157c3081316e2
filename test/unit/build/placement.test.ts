import { describe, expect, it } from 'vitest';
import { type BuilderFacts, parseBuilderFacts } from '../../../packages/core/src/build/placement/facts.ts';
import { type Candidate, planPlacement } from '../../../packages/core/src/build/placement/plan.ts';
import type { ServerSpec } from '../../../packages/core/src/config/model.ts';
import { DrayageError } from '../../../packages/core/src/errors/drayage-error.ts';

const healthy: BuilderFacts = {
  platform: 'linux/amd64',
  freeDisk: 50e9,
  freeMemory: 4e9,
  freeSlots: 1,
  builtAt: undefined,
};

function candidate(
  name: string,
  facts: Partial<BuilderFacts> | DrayageError = {},
  declared: Partial<ServerSpec> = {},
): Candidate {
  const spec: ServerSpec = {
    name,
    host: `${name}.example.com`,
    port: 22,
    user: 'root',
    role: 'build',
    platforms: [],
    dockerSource: 'official',
    slots: 1,
    minFreeDisk: 2 * 1024 ** 3,
    minFreeMemory: 256 * 1024 ** 2,
    ...declared,
  };
  return facts instanceof DrayageError ? { spec, failure: facts } : { spec, facts: { ...healthy, ...facts } };
}

const chosen = (candidates: Candidate[], platforms: string[] = [], service = 'web') =>
  planPlacement({ service, platforms }, candidates).assignments.map(({ server }) => server);

describe('where a service is built', () => {
  it('is where it was built last: its cache is warm', () => {
    expect(chosen([candidate('a'), candidate('b', { builtAt: 100 }), candidate('c', { builtAt: 200 })])).toEqual(['c']);
  });

  it('is where a slot is free, before where it would have to wait', () => {
    expect(chosen([candidate('a', { builtAt: 100, freeSlots: 0 }), candidate('b')])).toEqual(['b']);
    expect(chosen([candidate('a', { builtAt: 100, freeSlots: 0 }), candidate('b', { freeSlots: 0 })])).toEqual(['a']);
  });

  it('is always the same server for a service that was never built, and not the same for all services', () => {
    const servers = ['a', 'b', 'c'].map((name) => candidate(name));
    expect(chosen(servers)).toEqual(chosen([...servers].reverse()));
    const used = new Set(Array.from({ length: 30 }, (_, index) => chosen(servers, [], `service-${index}`)[0]));
    expect([...used].sort()).toEqual(['a', 'b', 'c']);
  });

  it('passes over what is down, or has too little disk or memory, and says so', () => {
    const down = new DrayageError('SSH_UNREACHABLE', 'a cannot be reached.');
    const candidates = [
      candidate('a', down),
      candidate('b', { freeDisk: 1e9, builtAt: 5 }),
      candidate('c', { freeMemory: 1e8, builtAt: 5 }),
      candidate('d'),
    ];
    const { assignments, notes } = planPlacement({ service: 'web', platforms: [] }, candidates);
    expect(assignments).toEqual([{ server: 'd', platform: undefined }]);
    expect(notes).toEqual([
      'a is passed over: a cannot be reached.',
      'b is passed over: 1.0 GB of disk are free, min-free-disk is 2.1 GB.',
      'c is passed over: 100.0 MB of memory are free, min-free-memory is 268.4 MB.',
    ]);
    expect(() => chosen(candidates.slice(0, 3))).toThrow(
      'None of the build servers of web can build now. a: a cannot be reached. b: 1.0 GB of disk are free',
    );
  });

  it('takes the limits of the server', () => {
    expect(() =>
      chosen([candidate('a', { freeDisk: 30e9 }, { minFreeDisk: 40 * 1024 ** 3 }), candidate('b', { freeDisk: 1 })]),
    ).toThrow('min-free-disk is 42.9 GB');
  });
});

describe('where platforms are built', () => {
  it('is each on its native server', () => {
    const arm = candidate('arm', { platform: 'linux/arm64' });
    expect(chosen([candidate('pc'), arm], ['linux/amd64', 'linux/arm64'])).toEqual(['pc', 'arm']);
    expect(chosen([candidate('pc'), arm], ['linux/arm64/v8'])).toEqual(['arm']);
  });

  it('is a server that only declares one, where none is native to it', () => {
    const both = candidate('pc', {}, { platforms: ['linux/amd64', 'linux/arm64'] });
    expect(chosen([both], ['linux/amd64', 'linux/arm64'])).toEqual(['pc', 'pc']);
    expect(chosen([both, candidate('arm', { platform: 'linux/arm64' })], ['linux/arm64'])).toEqual(['arm']);
  });

  it('refuses one that no server offers, and says what they do offer', () => {
    expect(() =>
      chosen([candidate('pc'), candidate('old', {}, { platforms: ['linux/arm/v7'] })], ['linux/arm64']),
    ).toThrow('No build server of web offers linux/arm64 (pc: linux/amd64; old: linux/arm/v7); nothing was built.');
  });
});

it('reads what a server says', () => {
  const text = 'machine aarch64\ndisk 1000 4096\nmemory 2048\nslots 2\nbuilt 1700000000\n';
  expect(parseBuilderFacts(text)).toEqual({
    platform: 'linux/arm64',
    freeDisk: 4_096_000,
    freeMemory: 2_097_152,
    freeSlots: 2,
    builtAt: 1_700_000_000,
  });
  expect(parseBuilderFacts('machine armv7l\ndisk 1 1\nmemory 1\nslots 1\n')).toMatchObject({
    platform: 'linux/arm/v7',
    builtAt: undefined,
  });
});
