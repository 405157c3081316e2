import { describe, expect, it } from 'vitest';
import { planSwarm, type SwarmMember } from '../../../packages/core/src/setup/swarm.ts';
import { exampleDocker, exampleFacts } from './example.ts';

type State = { state?: string; manager?: boolean; cluster?: string };

/** A member of which only name and facts are looked at. */
function member(name: string, swarm: State = {}): SwarmMember {
  const docker = { ...exampleDocker, swarm: { ...exampleDocker.swarm, ...swarm } };
  return { server: { name } as SwarmMember['server'], facts: exampleFacts({ docker }) };
}
const manager = (name: string, cluster = 'c1') => member(name, { state: 'active', manager: true, cluster });
const worker = (name: string) => member(name, { state: 'active' });

function names(members: readonly SwarmMember[]) {
  const plan = planSwarm(members);
  return (
    plan && {
      leader: plan.leader.server.name,
      start: plan.start,
      joining: plan.joining.map(({ server }) => server.name),
    }
  );
}

describe('planSwarm', () => {
  it('lets the first server start the Swarm and the others join', () => {
    expect(names([member('a'), member('b'), member('c')])).toEqual({ leader: 'a', start: true, joining: ['b', 'c'] });
  });

  it('starts a Swarm of one', () => {
    expect(names([member('a')])).toEqual({ leader: 'a', start: true, joining: [] });
  });

  it('lets newcomers join the manager there is, wherever it stands in the list', () => {
    expect(names([member('a'), manager('b'), worker('c')])).toEqual({ leader: 'b', start: false, joining: ['a'] });
  });

  it('has nothing to do when all are members', () => {
    expect(names([manager('a'), worker('b')])).toBeUndefined();
    expect(names([])).toBeUndefined();
  });

  it.each([
    [[manager('a', 'c1'), manager('b', 'c2')], /^a and b belong to different Swarms\.$/],
    [[worker('a'), member('b')], /^a belong to a Swarm whose manager is not among the deploy servers\.$/],
  ])('refuses what only a person can decide', (members, message) => {
    expect(() => planSwarm(members)).toThrowError(
      expect.objectContaining({ code: 'SWARM_FAILED', message: expect.stringMatching(message) }),
    );
  });
});
