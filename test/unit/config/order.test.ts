import { describe, expect, it } from 'vitest';
import { deploymentOrder } from '../../../packages/core/src/config/order.ts';

const service = (name: string, ...dependsOn: string[]) => ({ name, dependsOn });

describe('deploymentOrder', () => {
  it('keeps the order of the file where nothing depends on anything', () => {
    expect(deploymentOrder([service('b'), service('a'), service('c')])).toEqual({ names: ['b', 'a', 'c'] });
  });

  it('puts dependencies first', () => {
    const order = deploymentOrder([service('web', 'api', 'db'), service('api', 'db'), service('db')]);
    expect(order).toEqual({ names: ['db', 'api', 'web'] });
  });

  it('names a circle', () => {
    const order = deploymentOrder([service('x', 'a'), service('a', 'b'), service('b', 'c'), service('c', 'a')]);
    expect(order).toEqual({ cycle: ['a', 'b', 'c', 'a'] });
  });

  it('leaves unknown names to others', () => {
    expect(deploymentOrder([service('a', 'nothing')])).toEqual({ names: ['a'] });
  });
});
