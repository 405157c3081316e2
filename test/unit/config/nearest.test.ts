import { describe, expect, it } from 'vitest';
import { didYouMean, guess, nearest } from '../../../packages/core/src/config/nearest.ts';

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

describe('a name that is the beginning of others', () => {
  const commands = [
    ...['up', 'setup-build-server', 'setup-deploy-node', 'build-remote', 'push-image', 'deploy-service'],
    ...['rollback', 'redeploy', 'builder', 'help'],
  ];

  it.each([
    ['deploy', 'Did you mean "deploy-service"?'],
    ['Deploy', 'Did you mean "deploy-service"?'],
    ['build', 'Did you mean "build-remote"?'],
    ['push', 'Did you mean "push-image"?'],
    ['setup', 'Did you mean "setup-build-server" or "setup-deploy-node"?'],
    ['setup-build', 'Did you mean "setup-build-server"?'],
    ['buidler', 'Did you mean "builder"?'],
    ['redploy', 'Did you mean "redeploy"?'],
    ['zzz', undefined],
    ['', undefined],
  ])('%s: %s', (name, text) => expect(guess(name, commands)).toBe(text));

  it('names three and more', () => {
    expect(didYouMean('a', ['a-1', 'b', 'a-2', 'a-3'])).toBe('Did you mean "a-1", "a-2" or "a-3"?');
  });
});
