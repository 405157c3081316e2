import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runHere } from '../../../packages/core/src/host/exec.ts';
import { isDirty, readCheckout } from '../../../packages/core/src/host/git-facts.ts';

let cwd = '';
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd, encoding: 'utf8' });

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'drayage-git-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

describe('readCheckout', () => {
  it('asks git for commit, branch, tag, subject and remote', async () => {
    git('init', '-q', '-b', 'main');
    git('remote', 'add', 'origin', 'https://user:token@git.example.com/acme/shop.git');
    git('commit', '-q', '--allow-empty', '-m', 'Say "hello"; $PATH');
    git('tag', 'v1.0.0');
    const sha = git('rev-parse', 'HEAD').trim();
    expect(await readCheckout(runHere, cwd, {})).toEqual({
      sha,
      short: sha.slice(0, 7),
      branch: 'main',
      tag: 'v1.0.0',
      committedAt: git('log', '-1', '--format=%cI').trim(),
      subject: 'Say "hello"; $PATH',
      remote: 'https://git.example.com/acme/shop.git',
    });
  });

  it('knows nothing outside of a checkout', async () => {
    const { sha, branch, remote } = await readCheckout(runHere, cwd, {});
    expect({ sha, branch, remote }).toEqual({ sha: undefined, branch: undefined, remote: undefined });
    expect(await isDirty(runHere, cwd)).toBeUndefined();
  });

  it('sees files that differ from the commit', async () => {
    git('init', '-q');
    git('commit', '-q', '--allow-empty', '-m', 'x');
    expect(await isDirty(runHere, cwd)).toBe(false);
    writeFileSync(join(cwd, 'new'), '');
    expect(await isDirty(runHere, cwd)).toBe(true);
  });
});
