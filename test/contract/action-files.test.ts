import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { actionSchema } from './action-schema.ts';

const files = ['action.yml', ...globSync('actions/*/action.yml').sort()];
const read = (file: string) => parse(readFileSync(file, 'utf8'));
const problemsOf = (content: unknown): string =>
  JSON.stringify(actionSchema.safeParse(content).error?.issues ?? 'none', null, 1);

describe('action files', () => {
  it.each(files)('%s is what GitHub documents, with no key it would ignore', (file) => {
    expect(problemsOf(read(file))).toBe('"none"');
  });

  it('start programs that are there', () => {
    const { main, post } = read('action.yml').runs;
    expect([main, post].filter((program) => !existsSync(program))).toEqual([]);
  });
});

describe('the schema of action files', () => {
  const composite = () => read('actions/build-remote/action.yml');
  const root = () => read('action.yml');

  it.each<[what: string, content: object, problem: string]>([
    ['an unknown key', { ...root(), license: 'MIT' }, 'license'],
    ['a runtime that GitHub ended', { ...root(), runs: { ...root().runs, using: 'node16' } }, 'node24'],
    ['a misspelt key of runs', { ...root(), runs: { ...root().runs, 'post-iff': 'always()' } }, 'post-iff'],
    ['an input without description', { ...root(), inputs: { host: { required: true } } }, 'description'],
    ['an action without branding', { ...root(), branding: undefined }, 'branding'],
    [
      'an output of a step that is not there',
      { ...composite(), outputs: { image: { description: 'x', value: '${{ steps.build.outputs.image }}' } } },
      'steps.build.outputs.image',
    ],
    [
      'an action that is not pinned',
      { ...composite(), runs: { using: 'composite', steps: [{ id: 'run', uses: 'actions/checkout@v5' }] } },
      'pinned by commit',
    ],
    [
      'a script without shell',
      { ...composite(), runs: { using: 'composite', steps: [{ id: 'run', run: 'true' }] } },
      'shell',
    ],
  ])('refuses %s', (_what, content, problem) => {
    expect(problemsOf(content)).toContain(problem);
  });
});
