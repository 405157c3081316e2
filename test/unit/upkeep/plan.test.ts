import { describe, expect, it } from 'vitest';
import { ownerLabels } from '../../../packages/core/src/config/names.ts';
import type { ServerLook } from '../../../packages/core/src/upkeep/look.ts';
import { forgottenRecords, neededBy } from '../../../packages/core/src/upkeep/needed.ts';
import { isEmpty, planServer } from '../../../packages/core/src/upkeep/plan.ts';
import type { ServiceScope } from '../../../packages/core/src/upkeep/scope.ts';
import { built, container, digest, look, owner, record, scope } from './facts.ts';

const plan = (
  facts: ServerLook,
  { others = [] as ServerLook[], scopes = [scope()] as ServiceScope[], builds = true } = {},
) => planServer({ look: facts, needed: neededBy([facts, ...others], scopes), scopes, builds, keepStorage: 100 });
const removed = (facts: ServerLook, options = {}) =>
  plan(facts, options).images.map(({ image, why }) => `${image.id.at(-1)} ${why}`);

describe('images of a service', () => {
  const four = ['a', 'b', 'c', 'd'].map((letter, index) => built(letter, 1 + index));

  it('go beyond the last ones, the oldest by the time they were made or named', () => {
    expect(removed(look({ images: four }))).toEqual(['b web: beyond the last 2', 'a web: beyond the last 2']);
    const again = { ...built('a', 1), tagged: '2026-11-28T10:00:00.5Z' };
    expect(removed(look({ images: [again, ...four.slice(1)] }))).toEqual([
      'c web: beyond the last 2',
      'b web: beyond the last 2',
    ]);
  });

  it.each([
    ['a container that stands still', { containers: [container('x', { image: digest('a'), state: 'exited' })] }],
    ['a kept record, by the digest in the registry', { records: [record('1', `ghcr.io/acme/web@${digest('e')}`)] }],
    ['a service of a Swarm', { pinned: [`ghcr.io/acme/web:v1@${digest('e')}`] }],
  ])('stay while %s needs them', (_what, more) => {
    const images = [built('a', 1, { digests: [`ghcr.io/acme/web@${digest('e')}`] }), ...four.slice(1)];
    expect(removed(look({ images, ...more }))).toEqual(['b web: beyond the last 2']);
  });

  it('stay on a worker while a record on another node needs them', () => {
    const manager = look({ records: [record('1', digest('a'))] });
    expect(removed(look({ images: four }), { others: [manager] })).toEqual(['b web: beyond the last 2']);
  });

  it('go at once when they have no name any more', () => {
    expect(removed(look({ images: [built('a', 20, { tags: [] }), built('b', 1)] }))).toEqual([
      'a web: it has no name any more',
    ]);
  });

  it('stay when somebody gave them a name, which takes no place of the last ones', () => {
    const { images, spared } = plan(look({ images: [...four, built('e', 9, { tags: ['backup/web:1'] })] }));
    expect(images.map(({ image }) => image.id.at(-1))).toEqual(['b', 'a']);
    expect(spared.map(({ why }) => why)).toEqual(['somebody named it backup/web:1']);
  });

  it('are only those with exactly our labels', () => {
    const others = [
      { project: 'bakery' },
      { environment: 'staging' },
      { organization: 'acme' },
      { service: 'api' },
    ].map((more, index) => built('abcd'[index] ?? '', 1, { labels: ownerLabels({ ...owner, ...more }) }));
    expect(
      removed(look({ images: [...others, built('e', 1, { labels: {} })] }), { scopes: [scope({ keep: 0 })] }),
    ).toEqual([]);
  });

  it('that others made go with the deployment that pulled them, unless they have another name', () => {
    const nginx = (letter: string, more: string[] = []) =>
      built(letter, 1, {
        labels: {},
        tags: [`drayage.local/shop-production-web:${letter}`, ...more],
        digests: [`nginx@${digest(letter)}`],
      });
    const records = [record('1', `nginx@${digest('c')}`)];
    expect(removed(look({ images: [nginx('a'), nginx('b', ['nginx:1.27']), nginx('c')], records }))).toEqual([
      'a web: its deployment is forgotten',
    ]);
  });
});

describe('records', () => {
  const ids = (records: ReturnType<typeof record>[]) =>
    forgottenRecords(records, [scope()]).map((entry) => entry.record.id);

  it('stay as many as are kept, of each outcome', () => {
    const done = ['1', '2', '3', '4'].map((id) => record(id, digest(id)));
    const failed = ['5', '6', '7'].map((id) => record(id, digest(id), { status: 'error' }));
    expect(ids([...done, ...failed])).toEqual(['2', '1', '5']);
  });

  it('stay while they serve, run, or are of another service', () => {
    const records = [
      record('1', digest('1'), { isCurrent: true }),
      record('2', digest('2'), { status: 'running', life: 'running' }),
      record('3', digest('3'), { resource: 'bakery-production-web' }),
      ...['4', '5', '6'].map((id) => record(id, digest(id))),
      ...['7', '8'].map((id) => record(id, digest(id), { status: 'error' })),
    ];
    expect(ids(records)).toEqual(['4']);
  });
});

describe('containers', () => {
  it('go when they stand still and belong to a deployment that is over', () => {
    const labels = { ...ownerLabels(owner), 'dev.drayage.deployment': '1' };
    const containers = [
      container('old', { state: 'exited', labels }),
      container('runs', { labels }),
      container('serves', { state: 'exited', labels: { ...labels, 'dev.drayage.deployment': '2' } }),
      container('starts', { state: 'created', labels: { ...labels, 'dev.drayage.deployment': '3' } }),
      // Whoever runs our image by hand gets its labels.
      container('by-hand', { state: 'exited', labels: ownerLabels(owner) }),
      container('of-swarm', { state: 'exited', labels: { ...labels, 'com.docker.swarm.task.id': 'x' } }),
      container('bakery', { state: 'exited', labels: { ...labels, 'dev.drayage.project': 'bakery' } }),
    ];
    const records = [
      record('2', digest('2'), { isCurrent: true }),
      record('3', digest('3'), { life: 'running', status: 'running' }),
    ];
    expect(plan(look({ containers, records })).containers.map(({ name }) => name)).toEqual(['old']);
  });
});

describe('what builds leave', () => {
  const folders = [{ name: 'x', usedAt: 0, bytes: 1 }];
  const facts = look({ sources: folders, mirrors: folders, cache: { total: 150, reclaimable: 150, byType: [] } });

  it('goes from servers that build', () => {
    expect(plan(facts)).toMatchObject({ sources: folders, mirrors: folders, cacheExcess: 50 });
  });

  it('is none of ours on servers that do not', () => {
    expect(isEmpty(plan(facts, { builds: false }))).toBe(true);
  });
});
