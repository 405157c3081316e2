import { describe, expect, it } from 'vitest';
import { type ManifestFacts, planRetention, type TagFacts } from '../../../packages/core/src/upkeep/registry/plan.ts';
import { digest } from './facts.ts';

/** A manifest under a tag of its commit, made on this day. */
const manifest = (letter: string, day: number, more: Partial<ManifestFacts> = {}): ManifestFacts => ({
  digest: digest(letter),
  children: [],
  isOurs: true,
  created: `2026-11-${String(day).padStart(2, '0')}T00:00:00Z`,
  blobs: { [`layer-${letter}`]: 10, base: 1000 },
  ...more,
});
const commit = (letter: string) => letter.repeat(12);
const plan = (manifests: ManifestFacts[], tags: TagFacts[], { keep = 1, needed = [] as string[] } = {}) =>
  planRetention({
    tags,
    manifests: new Map(manifests.map((each) => [each.digest, each])),
    needed: new Set(needed),
    keep,
  });
const three = [manifest('a', 1), manifest('b', 2), manifest('c', 3)];
const tagged = ['a', 'b', 'c'].map((letter) => ({ tag: commit(letter), digest: digest(letter) }));
const gone = (result: ReturnType<typeof plan>) => result.removed.map(({ tags }) => tags.join(' '));

describe('planRetention', () => {
  it('removes what is beyond the last ones, and counts bytes that nothing else needs', () => {
    const result = plan(three, tagged);
    expect(gone(result)).toEqual([commit('b'), commit('a')]);
    expect(result.bytes).toBe(20);
  });

  it('keeps what a deployment or a server needs, by index or by platform', () => {
    expect(gone(plan(three, tagged, { needed: [digest('a')] }))).toEqual([commit('b')]);
    const index = [manifest('a', 1, { children: [digest('1'), digest('2')] }), ...three.slice(1)];
    expect(gone(plan(index, tagged, { needed: [digest('2')] }))).toEqual([commit('b')]);
  });

  it('never removes what is not ours', () => {
    expect(gone(plan([manifest('a', 1, { isOurs: false }), ...three.slice(1)], tagged))).toEqual([commit('b')]);
  });

  it.each(['latest', 'main', 'feature-x', '1.2', 'stable', 'abcdef'])('keeps what the name %s stands for', (tag) => {
    expect(gone(plan(three, [...tagged, { tag, digest: digest('a') }]))).toEqual([commit('b')]);
  });

  it.each(['1.2.3', 'v1.2.3-rc.1', 'tree-0123456789ab'])('removes %s with the image it stands for', (tag) => {
    expect(gone(plan(three, [...tagged, { tag, digest: digest('a') }]))).toEqual([
      commit('b'),
      `${commit('a')} ${tag}`,
    ]);
  });

  it('removes the platforms of an index after it, but none that another index has too', () => {
    const manifests = [
      manifest('a', 1, { children: [digest('1'), digest('2')] }),
      manifest('b', 2, { children: [digest('2'), digest('3')] }),
      manifest('c', 3, { children: [digest('3'), digest('4')] }),
    ];
    expect(plan(manifests, tagged).children).toEqual([digest('2'), digest('1')]);
  });

  it('keeps an image that is a platform of an index that stays', () => {
    const manifests = [...three.slice(0, 2), manifest('c', 3, { children: [digest('a')] })];
    expect(gone(plan(manifests, tagged))).toEqual([commit('b')]);
  });

  it('keeps a platform that has a tag of its own', () => {
    const manifests = [
      manifest('a', 1, { children: [digest('1')] }),
      manifest('1', 1, { isOurs: false }),
      manifest('c', 3),
    ];
    const tags = [...tagged.filter(({ tag }) => tag !== commit('b')), { tag: 'amd64', digest: digest('1') }];
    expect(plan(manifests, tags).children).toEqual([]);
  });

  it('removes signatures with what they sign', () => {
    const signature = (letter: string) => ({
      tag: `sha256-${letter.repeat(64)}.sig`,
      digest: digest(letter === 'a' ? '7' : '8'),
    });
    const signatures = [manifest('7', 1, { isOurs: false, blobs: {} }), manifest('8', 3, { isOurs: false, blobs: {} })];
    const result = plan([...three, ...signatures], [...tagged, signature('a'), signature('c')]);
    expect(gone(result)).toEqual([commit('b'), commit('a'), signature('a').tag]);
  });
});
