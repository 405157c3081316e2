import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { gitAccess } from '../../../packages/core/src/build/sources/git-access.ts';
import { diagnoseFetch } from '../../../packages/core/src/build/sources/git-faults.ts';
import { submoduleFunctions } from '../../../packages/core/src/build/sources/git-submodules.ts';
import { secret } from '../../../packages/core/src/config/secret.ts';

const source = { kind: 'git', url: 'https://git.example.com/acme/shop.git', path: '/' } as const;
const token = secret('tok');
const key = secret('-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n');

/** Runs one of the shell functions with these arguments. */
function inShell(name: string, args: readonly string[], isLocal = false) {
  const functions = submoduleFunctions(gitAccess(source, '/known'), isLocal);
  const script = `${functions}\n${name} "$@"`;
  return execFileSync('sh', ['-c', script, 'sh', ...args], { encoding: 'utf8' }).trim();
}

describe('the URL of a submodule', () => {
  it.each([
    ['https://h/acme/shop.git', '../lib.git', 'https://h/acme/lib.git'],
    ['https://h/acme/shop.git/', '../../other/lib.git', 'https://h/other/lib.git'],
    ['https://h/acme/shop', './sub/lib', 'https://h/acme/shop/sub/lib'],
    ['git@h:acme/shop.git', '../lib.git', 'git@h:acme/lib.git'],
    ['git@h:shop.git', '../lib.git', 'git@h:lib.git'],
    ['ssh://git@h:22/acme/shop.git', '../lib.git', 'ssh://git@h:22/acme/lib.git'],
    ['https://h/acme/shop.git', 'git@other:x/y.git', 'git@other:x/y.git'],
  ])('of %s, %s, is %s', (own, given, expected) => {
    expect(inShell('absolute', [own, given])).toBe(expected);
  });

  it.each([
    ['https://h/x', true],
    ['ssh://git@[::1]:22/x', true],
    ['git@h:x', true],
    ['/var/lib/drayage/git/0', false],
    ['file:///etc', false],
    ['ext::sh -c whoami@h:x', false],
    ['--upload-pack=x@h:y', false],
    ['https:/x', false],
    ['relative/path', false],
  ])('%s is taken: %s', (url, expected) => {
    const taken = () => inShell('allowed', [url]);
    if (expected) expect(taken()).toBe('');
    else expect(taken).toThrow();
  });

  it('may be a file where the repository is one', () => {
    expect(inShell('allowed', ['/srv/lib.git'], true)).toBe('');
  });

  it('of the same host is fetched with the credential there is', () => {
    const { git } = gitAccess({ ...source, url: 'https://git.example.com:8443/acme/shop.git', token }, '/known');
    expect(git).toContain('url.https://git.example.com:8443/.insteadOf=git@git.example.com:');
    expect(git).toContain('url.https://git.example.com:8443/.insteadOf=ssh://git@git.example.com/');
    const scp = gitAccess({ ...source, url: 'git@git.example.com:acme/shop.git', key }, '/known').git;
    expect(scp).toContain('url.git@git.example.com:.insteadOf=https://git.example.com/');
    const ssh = gitAccess({ ...source, url: 'ssh://deploy@git.example.com:2222/shop.git', key }, '/known').git;
    expect(ssh).toContain('url.ssh://deploy@git.example.com:2222/.insteadOf=https://git.example.com/');
    expect(gitAccess(source, '/known').git).not.toContain('insteadOf');
  });
});

describe('diagnoseFetch', () => {
  const denied = (url: string) =>
    `git@x: Permission denied (publickey).\n@drayage submodule ${url} ${'a'.repeat(40)} libs/the ui\n`;
  const ssh = { ...source, url: 'git@git.example.com:acme/shop.git', key };

  it.each([
    [ssh, 'git@git.example.com:acme/ui.git', /^It needs another key: a deploy key opens one repository\./],
    [
      { ...source, token },
      'https://git.example.com/acme/ui.git',
      /^Let the token of source\.token read git\.example\.com\/acme\/ui too\.$/,
    ],
    [
      { ...source, token },
      'https://other.example.com/ui.git',
      /^It lies on other\.example\.com, and source\.token is for git\.example\.com\./,
    ],
    [source, 'https://git.example.com/acme/ui.git', /^For private submodules give source\.token/],
  ])('says what a submodule needs: %#', (from, url, hint) => {
    const error = diagnoseFetch(denied(url), from, 'builder', 'b'.repeat(40));
    expect(error).toMatchObject({ code: 'GIT_ACCESS_DENIED', hint: expect.stringMatching(hint) });
    expect(error.message).toContain('builder cannot fetch the submodule libs/the ui (commit aaaa');
    expect(error.message).toContain(url);
  });

  it.each([
    ['@drayage submodule-without-url libs/ui', 'GIT_FETCH_FAILED', 'The submodule libs/ui of https'],
    ['@drayage submodules-too-deep a/b/', 'GIT_FETCH_FAILED', 'nested deeper'],
    ['@drayage missing git-lfs', 'GIT_MISSING', 'builder has no git-lfs'],
    ['@drayage lfs-stalled https://h/x', 'GIT_FETCH_FAILED', 'got nothing from the LFS server of https://h/x for 30 s'],
    [
      'batch response: Authentication required: x\n@drayage lfs-failed https://h/x',
      'GIT_ACCESS_DENIED',
      'Authentication required',
    ],
    [
      'write: No space left on device\n@drayage lfs-failed https://h/x',
      'DISK_FULL',
      'large files (LFS) of https://h/x',
    ],
    ['fatal: remote error: upload-pack: not our ref ffff', 'GIT_REF_NOT_FOUND', 'has no commit'],
  ])('takes %j for %s', (log, code, message) => {
    expect(diagnoseFetch(log, source, 'builder', 'ffff')).toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });
});
