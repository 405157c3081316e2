import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drayage-gitlab-node-'));
  mkdirSync(join(folder, 'bin'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Scripts of all jobs of all components, by component and job. */
const scripts = globSync('packages/gitlab/templates/*.yml').flatMap((file) => {
  const [, body] = parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS());
  return Object.entries(body as Record<string, { script: string[] }>).map(
    ([job, { script }]) => [`${file.replace(/.*\//, '')} ${job}`, script] as const,
  );
});
const up = scripts.find(([name]) => name === 'up.yml $[[ inputs.job-name ]]')?.[1] ?? [];

/** As GitLab's runner does it, in the shell the image has; PATH holds nothing but the programs given here. */
function run(script: readonly string[], programs: Record<string, string>, { entry = '', shell = '/bin/sh' } = {}) {
  for (const [name, does] of Object.entries(programs)) {
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${does}\n`, { mode: 0o755 });
  }
  const { status, stdout, stderr } = spawnSync(shell, ['-ec', script.join('\n')], {
    cwd: folder,
    env: { PATH: join(folder, 'bin'), DRAYAGE_ENTRY: entry },
    // Bash reads .bashrc where its input is a socket, as if over rsh.
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const url = `https://example.com/drayage.cjs#sha256=${'a'.repeat(64)}`;
const says = (found: string) =>
  `Drayage needs Node.js 20.18 or newer in the image of the job and found ${found}; set the input job-image to one that has it, such as node:24-bookworm-slim.\n`;
const node = (version: string) => ({ node: `echo ${version}` });

describe('the image of a GitLab job', () => {
  it('is looked at in every job', () => {
    expect(scripts.length).toBeGreaterThan(7);
    for (const [name, script] of scripts) {
      expect([name, run(script, {})]).toEqual([name, { status: 1, stdout: '', stderr: says('no node') }]);
    }
  });

  it.each(['/bin/sh', '/bin/bash'].filter((shell) => existsSync(shell)))(
    'without Node.js is one sentence of %s, wherever Drayage comes from',
    (shell) => {
      for (const entry of ['', 'drayage.cjs', url]) {
        expect(run(up, {}, { entry, shell })).toEqual({ status: 1, stdout: '', stderr: says('no node') });
      }
    },
  );

  it.each(['v4.9.1', 'v16.20.2', 'v18.20.8', 'v20.9.0', 'v20.17.0'])('with Node.js %s is one sentence', (version) => {
    for (const entry of ['', url]) {
      const npx = { npx: 'echo never' };
      expect(run(up, { ...node(version), ...npx }, { entry })).toEqual({
        status: 1,
        stdout: '',
        stderr: says(version),
      });
    }
  });

  it.each(['v20.18.0', 'v20.19.5', 'v20.20.1', 'v21.0.0', 'v22.1.0', 'v24.21.0', 'v26.0.0', 'v30.0.0'])(
    'with Node.js %s starts Drayage',
    (version) => {
      const { status, stdout } = run(up, { ...node(version), npx: 'echo "npx $*"' });
      expect(stdout).toMatch(/^npx --yes drayage@\d+\.\d+\.\d+ up\n$/);
      expect(status).toBe(0);
    },
  );

  it('with Node.js and without npx is one sentence, unless the input entry names a file', () => {
    const { status, stderr } = run(up, node('v24.1.0'));
    expect(stderr).toMatch(/^Drayage is started by npx, and the image of the job has Node\.js without it; set .*\.\n$/);
    expect(status).toBe(1);
    writeFileSync(join(folder, 'drayage.cjs'), '');
    const echo = { node: '[ "$1" = --version ] && echo v24.1.0 || echo "node $*"' };
    expect(run(up, echo, { entry: 'drayage.cjs' })).toEqual({ status: 0, stdout: 'node drayage.cjs up\n', stderr: '' });
  });
});

describe('the image of the Bitbucket pipe', () => {
  it('brings a Node.js of its own that is new enough', () => {
    const [, major] = /^FROM node:(\d+)-/m.exec(readFileSync('packages/bitbucket/Dockerfile', 'utf8')) ?? [];
    expect(Number(major)).toBeGreaterThan(20);
  });
});
