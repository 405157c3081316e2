import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadProject } from '../../packages/core/src/config/load.ts';
import { findings, secretsGiven, unknownOutputs } from './workflow-lint.ts';

const read = (file: string) => readFileSync(file, 'utf8');
const examples = globSync('examples/github/*/workflow.yml').sort();
const workflows = [...globSync('.github/workflows/*.yml'), ...examples].map((file): [string, string] => [
  file,
  read(file),
]);

/** The YAML blocks of our texts that use our actions, made whole: they show jobs, what is in a job, or steps alone. */
const snippets = ['README.md', ...globSync('actions/*/README.md').sort()].flatMap((file) =>
  [...read(file).matchAll(/```yaml\n(.*?)```/gs)]
    .map(([, text = '']) => text)
    .filter((text) => text.includes('uses: drayage/'))
    .map((text): [string, string] => [file, whole(text)]),
);

function whole(text: string): string {
  if (/^on:/m.test(text)) return text;
  if (/^jobs:/m.test(text)) return `on: push\n${text}`;
  if (/^ {4}steps:/m.test(text)) return `on: push\njobs:\n  example:\n    runs-on: ubuntu-24.04\n${text}`;
  return `on: push\njobs:\n  example:\n    runs-on: ubuntu-24.04\n    steps:\n${text.replace(/^(?=.)/gm, '      ')}`;
}

describe('workflows', () => {
  it('are found', () => {
    expect(examples).toHaveLength(7);
    expect(new Set(snippets.map(([file]) => file)).size).toBe(1 + globSync('actions/*/README.md').length);
  });

  it.each([...workflows, ...snippets])('%s gives our actions inputs they have', async (file, text) => {
    expect(await findings(file.replaceAll('/', '-'), text)).toEqual([]);
  });

  it.each(workflows)('%s reads outputs that are there', (_file, text) => {
    expect(unknownOutputs(text)).toEqual([]);
  });

  it.each(workflows)('%s pins actions of others by commit, and grants nothing it need not', (_file, text) => {
    const foreign = [...text.matchAll(/uses: (?!drayage\/drayage[/@])(.*)$/gm)].map(([, uses]) => uses);
    expect(foreign.filter((uses) => !/^[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(uses ?? ''))).toEqual([]);
    expect(text).toMatch(/^permissions: \{\}$/m);
    expect(text.match(/persist-credentials: false/g)?.length).toBe(text.match(/actions\/checkout@/g)?.length);
  });
});

describe('what these tests find', () => {
  const example = read('examples/github/swarm/workflow.yml');

  it('an input that is misspelt', async () => {
    expect(await findings('misspelt', example.replace('state-artifact:', 'state-artefact:'))).toEqual([
      expect.stringContaining("Invalid action input 'state-artefact'"),
    ]);
  });

  it('an action that is not there', async () => {
    expect(await findings('absent', example.replace('actions/build-remote@', 'actions/build@'))).toEqual([
      expect.stringContaining('Unable to resolve action'),
    ]);
  });

  it('an output that is not there', () => {
    expect(unknownOutputs(example.replace('outputs.source-commit', 'outputs.commit-id'))).toEqual([
      'steps.build.outputs.commit-id',
    ]);
  });
});

describe.each(examples.map((file) => dirname(file)))('%s', (folder) => {
  const config = read(join(folder, 'drayage.yml'));
  const names = [...new Set([...config.matchAll(/\$\{\{ secrets\.(\w+) \}\}/g)].map(([, name = '']) => name))];

  it('has a drayage.yml that holds', async () => {
    const secrets = Object.fromEntries(names.map((name) => [name, `a secret called ${name}`]));
    const git = { sha: 'a'.repeat(40), short: 'aaaaaaa', branch: 'main', tag: 'v1.2.3' };
    const { project, warnings } = await loadProject({ text: config, secrets, git });
    expect(warnings).toEqual([]);
    expect(project.services.length).toBeGreaterThan(0);
  });

  it('hands every secret of its drayage.yml to every step', () => {
    const given = secretsGiven(read(join(folder, 'workflow.yml')));
    expect(given.length).toBeGreaterThan(0);
    expect(given).toEqual(given.map(() => names));
  });
});
