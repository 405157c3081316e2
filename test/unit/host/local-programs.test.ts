import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localPrograms } from '../../../packages/core/src/host/local-programs.ts';
import { releaseOf } from '../../../packages/core/src/host/tool-releases.ts';

let cwd = '';
const env = { PATH: process.env.PATH, DRAYAGE_SECRET_X: 'secret', 'INPUT_SSH-KEY': 'secret', TRIVY_CACHE_DIR: '/c' };
const programs = () => localPrograms(env, cwd);

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'drayage-local-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

describe('programs on this machine', () => {
  it('see the settings of the job, and not the secrets of Drayage', async () => {
    const { stdout, exitCode } = await programs().run(['sh', '-c', 'env; echo oops >&2; exit 3'], {
      env: { KEY: 'k' },
    });
    expect(exitCode).toBe(3);
    expect(stdout).toContain('TRIVY_CACHE_DIR=/c');
    expect(stdout).toContain('KEY=k');
    expect(stdout).not.toContain('secret');
  });

  it('are given what they read, and are heard while they speak', async () => {
    const heard: string[] = [];
    const options = { stdin: Readable.from(['one\n', 'two\n']), onOutput: (chunk: string) => heard.push(chunk) };
    const done = await programs().run(['sh', '-c', 'cat; echo three >&2; pwd'], options);
    expect(done).toEqual({ exitCode: 0, stdout: `one\ntwo\n${cwd}\n`, stderr: 'three\n' });
    expect(heard.join('').length).toBe(done.stdout.length + done.stderr.length);
  });

  it('end when the run is cancelled', async () => {
    const cancelled = new AbortController();
    const running = programs().run(['sleep', '60'], { signal: cancelled.signal });
    const reason = new Error('cancelled');
    cancelled.abort(reason);
    await expect(running).rejects.toBe(reason);
  });

  it('get files that only this account can read, which are gone afterwards', async () => {
    const folder = await programs().folder();
    const file = await folder.write('config.json', '{}');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(folder.path).mode & 0o777).toBe(0o700);
    await folder[Symbol.asyncDispose]();
    expect(existsSync(folder.path)).toBe(false);
  });

  it('leave reports where no commit and no build takes them along', async () => {
    expect(await programs().keep('scan-web.json', '{}')).toBe('.drayage/scan-web.json');
    expect(readFileSync(join(cwd, '.drayage', '.gitignore'), 'utf8')).toBe('*\n');
  });
});

describe('releases', () => {
  it.each([
    ['trivy', 'linux', 'x64', 'trivy', 'trivy'],
    ['trivy', 'win32', 'x64', 'trivy.exe', 'trivy.exe'],
    ['cosign', 'darwin', 'arm64', 'cosign', undefined],
    ['cosign', 'win32', 'arm64', 'cosign.exe', undefined],
    ['buildctl', 'linux', 'arm64', 'buildctl', 'bin/buildctl'],
  ] as const)('%s for %s on %s', (name, platform, arch, file, inArchive) => {
    const release = releaseOf(name, platform, arch);
    expect(release).toMatchObject({ name, file, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(release?.inArchive).toBe(inArchive);
    expect(release?.url).toContain(`/v${release?.version}/`);
  });

  it('does not make one up', () => {
    expect(releaseOf('trivy', 'freebsd', 'x64')).toBeUndefined();
    expect(releaseOf('buildctl', 'darwin', 'arm64')).toBeUndefined();
  });
});
