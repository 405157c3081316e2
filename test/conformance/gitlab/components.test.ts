import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument, stringify } from 'yaml';
import { ensurePrograms } from '../../lab/machine.ts';
import { tool } from '../tools/tool.ts';
import { createProject, type Project } from './project.ts';

const modules = await tool('npm');
const names = globSync('packages/gitlab/templates/*.yml').map((file) => basename(file, '.yml'));

/** What gitlab-ci-local makes of a configuration; it checks it by GitLab's own JSON Schema before it lists jobs. */
describe.skipIf(modules === undefined)('components, as gitlab-ci-local reads them', () => {
  let folder = '';
  let project: Project;
  beforeAll(async () => {
    await ensurePrograms({ rsync: 'rsync' }, () => undefined);
    folder = mkdtempSync(join(tmpdir(), 'drayage-components-'));
    project = createProject(modules ?? '', folder, 'drayage/drayage');
    project.variables({});
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function read(configuration: string): Promise<{ code: number; log: string; jobs: Record<string, object> }> {
    project.write({
      '.gitlab-ci.yml': configuration.replaceAll(/(\/drayage\/drayage\/[\w-]+)@1$/gm, '$1@$CI_COMMIT_SHA'),
    });
    project.commit('configuration');
    const listed = await project.run('--list-json');
    const { log } = await project.run('--preview');
    const jobs = parseDocument(log.slice(Math.max(0, log.indexOf('---')))).toJS() as Record<string, object>;
    return { ...listed, log: `${listed.log}\n${log}`, jobs };
  }
  const include = (name: string, inputs = {}) =>
    `  - component: $CI_SERVER_FQDN/drayage/drayage/${name}@1\n    inputs: ${JSON.stringify(inputs)}\n`;

  it('are valid side by side, each in its stage', async () => {
    const { code, log, jobs } = await read(`include:\n${names.map((name) => include(name)).join('')}`);
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    expect(
      Object.keys(jobs)
        .filter((name) => name !== 'stages')
        .sort(),
    ).toEqual([...names, 'up-stop'].sort());
    expect(jobs.rollback).toMatchObject({ needs: [], resource_group: 'drayage/production' });
    expect(jobs['build-remote']).toMatchObject({ stage: 'build', environment: { action: 'prepare' } });
    expect(jobs.up).toMatchObject({ environment: { name: 'production', url: '$DRAYAGE_OUTPUT_URL' } });
    // A button that nobody asked for would take production down: without rules for it there is none.
    expect(jobs.up).toMatchObject({ environment: { on_stop: 'up-stop' } });
    expect(jobs['up-stop']).toMatchObject({ rules: [{ when: 'never' }], environment: { action: 'stop' } });
  });

  it('are valid in the example', async () => {
    const { code, log, jobs } = await read(readFileSync('examples/gitlab/.gitlab-ci.yml', 'utf8'));
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    expect(Object.keys(jobs)).toEqual(expect.arrayContaining(['test', 'up', 'rollback', 'smoke-test']));
  });

  it('stop their environment by a button, where the README gives rules for it', async () => {
    const readme = readFileSync('packages/gitlab/README.md', 'utf8');
    const [, example = ''] = /```yaml\n(include:\n[^`]*stop-rules[\s\S]*?)```/.exec(readme) ?? [];
    const { code, log, jobs } = await read(example);
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    expect(jobs.up).toMatchObject({ environment: { on_stop: 'up-stop' } });
    expect(jobs['up-stop']).toMatchObject({
      ...{ when: 'manual', allow_failure: true, needs: [] },
      rules: [{ if: '$CI_COMMIT_BRANCH != $CI_DEFAULT_BRANCH' }],
      variables: { DRAYAGE_INPUT_ENVIRONMENT: 'review', DRAYAGE_INPUT_VOLUMES: 'true ' },
    });
  });

  it('let a configuration say more about their job', async () => {
    const { code, log, jobs } = await read(`include:\n${include('up')}up: { tags: [deploy] }\n`);
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    expect(jobs.up).toMatchObject({ tags: ['deploy'], environment: { name: 'production' } });
  });

  it('take rules, booleans and everything else as inputs', async () => {
    const inputs = {
      'job-name': 'preview',
      'job-rules': [{ if: '$CI_COMMIT_TAG' }],
      'dry-run': true,
      replicas: '3',
      timeout: '1h30m',
    };
    const { code, log, jobs } = await read(`include:\n${include('up', inputs)}idle: { script: 'true' }\n`);
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    expect(jobs.preview).toMatchObject({
      rules: [{ if: '$CI_COMMIT_TAG' }],
      variables: { DRAYAGE_INPUT_DRY_RUN: 'true ', DRAYAGE_INPUT_REPLICAS: '3', DRAYAGE_INPUT_TIMEOUT: '1h30m' },
    });
  });

  it.each([
    [
      { mode: 'kubernetes' },
      /`mode` input: `kubernetes` cannot be used because it is not in the list of allowed options/,
    ],
    [{ replicas: 'many' }, /`replicas` input: `many` does not match required regex/],
    [{ timeout: '5 minutes' }, /`timeout` input: `5 minutes` does not match required regex/],
    [{ 'dry-run': 'perhaps' }, /`dry-run` input: provided value is not a boolean/],
    [{ 'stop-rules': 'always' }, /`stop-rules` input: provided value is not an? array/],
  ])('are refused by GitLab with %j', async (inputs, refusal) => {
    const { code, log } = await read(
      stringify({ include: [{ component: '$CI_SERVER_FQDN/drayage/drayage/up@$CI_COMMIT_SHA', inputs }] }),
    );
    expect(code).not.toBe(0);
    expect(log).toMatch(refusal);
  });
});
