import { describe, expect, it } from 'vitest';
import type { Project } from '../../../packages/core/src/config/model.ts';
import { handover } from '../../../packages/core/src/host/state/handed-over.ts';
import type { ServiceState } from '../../../packages/core/src/host/state/state.ts';

const here = 'a'.repeat(40);
const earlier = 'b'.repeat(40);

interface Case {
  readonly state?: Partial<ServiceState>;
  readonly isLaptop?: boolean;
  readonly source?: object;
}

async function handed({ state = { sourceCommit: earlier }, isLaptop = true, source }: Case) {
  const notes: string[] = [];
  const read = handover({
    // Neither is written to.
    state: {
      read: () => ({ at: 1, ...state }),
      forget: () => undefined,
      begin: () => '',
      add: () => '',
      packed: () => undefined,
    },
    report: { note: (line) => notes.push(line) },
    isLaptop,
    checkout: async () => ({ sha: here }) as never,
  });
  const project = { services: [{ name: 'web', source: source ?? { kind: 'path', path: '.' } }] } as unknown as Project;
  return { found: await read(project, 'web'), notes };
}

describe('what earlier steps handed over', () => {
  it('is left alone on a laptop where another commit is checked out, with a word', async () => {
    const { found, notes } = await handed({});
    expect(found).toBeUndefined();
    expect(notes).toEqual([
      'web: what was last built in this folder is of commit bbbbbbbbbbbb, and aaaaaaaaaaaa is checked out: it is not used.',
    ]);
  });

  it.each<[string, Case]>([
    ['of this commit', { state: { sourceCommit: here } }],
    ['of no commit', { state: {} }],
    ['in CI, where it is bound to the run', { isLaptop: false }],
  ])('counts where it is %s', async (_what, given) => {
    const { found, notes } = await handed(given);
    expect(found).toBeDefined();
    expect(notes).toEqual([]);
  });

  it('counts where it is of a repository of its own, whatever is checked out here, and it is said of when', async () => {
    const { found, notes } = await handed({ source: { kind: 'git', git: 'x' } });
    expect(found).toBeDefined();
    expect(notes).toEqual([
      'web: the image is the one that was made in this folder on 1970-01-01, of commit bbbbbbbbbbbb.',
    ]);
  });
});
