import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dotenvReport } from '../../../packages/core/src/host/adapter/dotenv-report.ts';
import { outputsFile } from '../../../packages/core/src/host/adapter/outputs-file.ts';
import { jobVariable } from '../../../packages/core/src/host/input/job-variable.ts';
import { secretsOf } from '../../../packages/core/src/host/input/secrets.ts';
import { whyMissing } from '../../../packages/core/src/host/missing-variable.ts';
import { sshAccess } from '../../../packages/core/src/host/ssh-credentials.ts';

const gitlab = { GITLAB_CI: 'true', CI_COMMIT_REF_NAME: 'fix/basket' };

describe('dotenvReport', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'drayage-dotenv-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const file = () => join(folder, '.drayage', 'outputs.env');
  const text = () => readFileSync(file(), 'utf8');

  it('has a line for each output, and the last value of one that is given twice', () => {
    dotenvReport(file()).add('image', 'a:1');
    dotenvReport(file()).add('pinned-image', 'a@sha256:1');
    expect(dotenvReport(file()).add('image', 'a:2')).toBeUndefined();
    expect(text()).toBe('DRAYAGE_OUTPUT_PINNED_IMAGE=a@sha256:1\nDRAYAGE_OUTPUT_IMAGE=a:2\n');
  });

  it('leaves JSON out without a word, and says why a value is left out that GitLab would not take', () => {
    const report = dotenvReport(file());
    expect(report.add('state', 's1.abc')).toBeUndefined();
    expect(report.add('services', '{}')).toBeUndefined();
    expect(report.add('tags', 'one\nDRAYAGE_SSH_KEY=two')).toBe('it has several lines');
    expect(report.add('status', 'done')).toBeUndefined();
    expect(report.add('url', `https://${'é'.repeat(2500)}`)).toMatch(/the report would have 50\d\d bytes.*takes 5000/);
    expect(text()).toBe('DRAYAGE_OUTPUT_STATUS=done\n');
  });

  it('stops at 20 variables', () => {
    const report = dotenvReport(file());
    const reasons = Array.from({ length: 22 }, (_, index) => report.add(`output-${index}`, 'x'));
    expect(reasons.filter((reason) => reason === undefined)).toHaveLength(20);
    expect(reasons.at(-1)).toContain('20 variables');
    expect(text().trim().split('\n')).toHaveLength(20);
    expect(report.add('output-3', 'y')).toBeUndefined();
  });
});

describe('outputsFile', () => {
  it('keeps every output, JSON as what it is, and those of the jobs before', () => {
    const folder = mkdtempSync(join(tmpdir(), 'drayage-outputs-'));
    try {
      const file = join(folder, '.drayage', 'outputs.json');
      outputsFile(file)('image', 'a:1');
      const keep = outputsFile(file);
      keep('services', '{"web":{"status":"done"}}');
      keep('tags', 'one\n"two": {');
      keep('title', '[draft] no JSON');
      keep('state', 's1.abc');
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
        image: 'a:1',
        services: { web: { status: 'done' } },
        tags: 'one\n"two": {',
        title: '[draft] no JSON',
      });
      writeFileSync(file, 'damaged');
      keep('image', 'a:2');
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ image: 'a:2' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('jobVariable', () => {
  it.each([
    ['$SSH_KEY', undefined],
    ['${SSH_KEY}', undefined],
    ['', undefined],
    ['$SSH_KEY ', '$SSH_KEY '],
    ['$ecret!', '$ecret!'],
    ['$5', '$5'],
    ['a$SSH_KEY', 'a$SSH_KEY'],
  ])('%j is %j on GitLab', (value, read) => {
    expect(jobVariable({ ...gitlab, X: value }, 'X')).toBe(read);
  });

  it('takes the same text as it is where nobody expands variables', () => {
    expect(jobVariable({ X: '$SSH_KEY' }, 'X')).toBe('$SSH_KEY');
    expect(jobVariable({ GITHUB_ACTIONS: 'true', X: '$SSH_KEY' }, 'X')).toBe('$SSH_KEY');
  });

  it('counts for secrets', () => {
    expect(secretsOf({ ...gitlab, DRAYAGE_SECRET_A: '$A', DRAYAGE_SECRET_B: 'b' })).toEqual({ B: 'b' });
  });
});

describe('whyMissing', () => {
  it('names protected variables on a branch that is not protected', () => {
    const why = whyMissing({ ...gitlab, CI_COMMIT_REF_PROTECTED: 'false' });
    expect(why).toContain('protected variables only to protected branches and tags, and fix/basket is neither');
  });

  it('names the fork', () => {
    const fork = {
      CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: 'mallory/shop',
      CI_MERGE_REQUEST_PROJECT_PATH: 'acme/shop',
      CI_COMMIT_REF_PROTECTED: 'true',
    };
    expect(whyMissing({ ...gitlab, ...fork })).toContain(
      'the fork mallory/shop, which sees no CI/CD variables of acme/shop',
    );
  });

  it('names the scope where the branch is protected', () => {
    const env = { ...gitlab, CI_COMMIT_REF_PROTECTED: 'true', CI_ENVIRONMENT_NAME: 'staging' };
    expect(whyMissing(env)).toContain('environment scope that holds staging');
  });

  it('is said by the login alone, and only where nothing was given', async () => {
    expect(whyMissing({})).toBeUndefined();
    expect((await sshAccess({}, gitlab, '/')).auth.whyNone).toContain('fix/basket is neither');
    expect((await sshAccess({ 'ssh-password': 'x' }, gitlab, '/')).auth.whyNone).toBeUndefined();
  });
});
