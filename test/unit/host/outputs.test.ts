import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openHost } from '../../../packages/core/src/host/host.ts';

let cwd = '';
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'drayage-outputs-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cwd, { recursive: true });
});

const open = (env: Record<string, string>) =>
  openHost({ env, cwd, format: 'auto', printsData: false, isCancelled: () => false });

/** A host on GitHub, and what is in its file of outputs. */
async function github() {
  const file = join(cwd, 'output');
  writeFileSync(file, '');
  vi.stubEnv('GITHUB_OUTPUT', file);
  return { host: await open({ GITHUB_ACTIONS: 'true' }), written: () => readFileSync(file, 'utf8') };
}

describe('an output', () => {
  it('of GitHub is handed on up to what it takes of a job, and then refused with the reason', async () => {
    const { host, written } = await github();
    expect(host.output('small', 'x')).toBeUndefined();
    expect(host.output('large', 'x'.repeat(600_000))).toBe('GitHub takes 1 MB of outputs from a job, and it is larger');
    expect(host.output('services', 'y'.repeat(400_000))).toBeUndefined();
    expect(host.output('state', 'z'.repeat(400_000))).toContain('GitHub takes 1 MB');
    expect(host.output('url', 'https://shop.example.com')).toBeUndefined();
    expect(written()).not.toContain('large');
    expect(written()).not.toContain('state');
    expect(written()).toContain('https://shop.example.com');
  });

  it('of GitHub with line ends and delimiters is one output', async () => {
    const { host, written } = await github();
    const value = 'a\nghadelimiter\nEOF\nother=1\n::set-output name=x::y\nother<<EOF\n1\nEOF';
    expect(host.output('url', value)).toBeUndefined();
    const [, delimiter = '', rest = ''] = /^url<<(ghadelimiter_[0-9a-f-]{36})\n([\s\S]*)$/.exec(written()) ?? [];
    expect(rest).toBe(`${value}\n${delimiter}\n`);
  });

  it('that holds a secret is handed on nowhere', async () => {
    const { host, written } = await github();
    host.report.mask('s3cret-value');
    expect(host.output('url', 'https://s3cret-value/')).toBe('it holds a secret');
    expect(written()).toBe('');
  });

  it("of GitLab fits into its dotenv report, and one that doesn't is refused with the reason", async () => {
    const host = await open({ GITLAB_CI: 'true' });
    expect(host.output('url', 'https://shop.example.com')).toBeUndefined();
    expect(host.output('tags', 'ü'.repeat(2490))).toContain('GitLab takes 5000');
    expect(host.output('title', 'one\ntwo=2')).toContain('it has several lines');
    expect(host.output('state', 's1.abc')).toBeUndefined();
    const report = readFileSync(join(cwd, '.drayage', 'outputs.env'), 'utf8');
    expect(report).toBe('DRAYAGE_OUTPUT_URL=https://shop.example.com\n');
  });

  it('of Bitbucket is a variable of one line', async () => {
    const file = join(cwd, 'variables');
    const host = await open({ BITBUCKET_BUILD_NUMBER: '1', BITBUCKET_PIPELINES_VARIABLES_PATH: file });
    expect(host.output('url', 'https://shop.example.com')).toBeUndefined();
    expect(host.output('title', 'one\nPATH=/tmp')).toContain('it has several lines');
    expect(readFileSync(file, 'utf8')).toBe('DRAYAGE_OUTPUT_URL=https://shop.example.com\n');
  });

  it('of Bitbucket is handed on up to a size, and then refused with the reason and where it stands', async () => {
    const file = join(cwd, 'variables');
    const own = join(cwd, '.drayage', 'outputs.env');
    writeFileSync(file, `OTHER=${'o'.repeat(30_000)}\n`);
    const host = await open({ BITBUCKET_BUILD_NUMBER: '1', BITBUCKET_PIPELINES_VARIABLES_PATH: file });
    expect(host.output('tags', 'x'.repeat(50_000))).toBeUndefined();
    expect(host.output('services', 'ü'.repeat(10_000))).toBe(
      'the variables of this step would have 100053 bytes, and 100000 is as much as Drayage hands on; .drayage/outputs.json has it',
    );
    expect(host.output('url', 'https://shop.example.com')).toBeUndefined();
    for (const text of [file, own].map((path) => readFileSync(path, 'utf8'))) {
      expect(text).not.toContain('SERVICES');
      expect(text).toMatch(/\nDRAYAGE_OUTPUT_URL=https:\/\/shop\.example\.com\n$/);
      expect(Buffer.byteLength(text)).toBeLessThan(100_000);
    }
    expect(JSON.parse(readFileSync(join(cwd, '.drayage', 'outputs.json'), 'utf8'))).toMatchObject({
      services: 'ü'.repeat(10_000),
    });
  });

  it('of Bitbucket is held to that size where no file of variables is mounted, too', async () => {
    const host = await open({ BITBUCKET_BUILD_NUMBER: '1', BITBUCKET_PIPELINES_VARIABLES_PATH: '/absent/variables' });
    expect(host.output('tags', 'x'.repeat(99_000))).toBeUndefined();
    expect(host.output('services', 'y'.repeat(2000))).toMatch(/^the variables of this step would have \d+ bytes/);
  });
});
