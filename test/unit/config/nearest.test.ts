import { describe, expect, it } from 'vitest';
import { didYouMean, nearest } from '../../../packages/core/src/config/nearest.ts';

describe('nearest', () => {
  it.each([
    ['replica', 'replicas'],
    ['replcias', 'replicas'],
    ['prot', 'port'],
    ['Port', 'port'],
    ['usr', 'user'],
    ['replicas-per-node', 'replicas'],
    ['zzz', undefined],
    ['x', undefined],
  ])('for %s finds %s', (name, expected) => {
    expect(nearest(name, ['replicas', 'port', 'user', 'resources'])).toBe(expected);
  });

  it('lists what there is when nothing is near', () => {
    expect(didYouMean('zzz', ['port', 'user'])).toBe('There is: port, user.');
    expect(didYouMean('prot', ['port', 'user'])).toBe('Did you mean "port"?');
    expect(didYouMean('zzz', [])).toBeUndefined();
  });
});
