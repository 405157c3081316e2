import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { source as program } from '../demo/drayage.ts';
import { tool } from './tools/tool.ts';

const [actionlint, zizmor] = await Promise.all([tool('actionlint'), tool('zizmor')]);

/** A repository for which `drayage init` has written a workflow that needs secrets and a permission. */
let folder: string;
const workflow = '.github/workflows/deploy.yml';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'drayage-init-'));
  mkdirSync(join(folder, '.git'));
  writeFileSync(join(folder, 'Dockerfile'), 'FROM nginx\nEXPOSE 80\n');
  const flags = ['--server', '203.0.113.10', '--ci', 'github', '--registry', 'ghcr.io'];
  const { status, stderr } = spawnSync(process.execPath, [program, 'init', ...flags], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`drayage init ended with ${status}:\n${stderr}`);
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(file: string | undefined, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(file ?? '', args, { cwd: folder, encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

describe('the workflow that drayage init writes', () => {
  it.skipIf(actionlint === undefined)('is one that actionlint finds nothing in (skipped without Go)', () => {
    // It checks what stands under `with:` against an action that is a file of the repository.
    for (const part of ['action.yml', 'dist']) cpSync(resolve(part), join(folder, part), { recursive: true });
    const text = readFileSync(join(folder, workflow), 'utf8');
    writeFileSync(join(folder, workflow), text.replace('drayage/drayage@v1', './'));
    expect(run(actionlint, '-no-color', '-shellcheck=', '-pyflakes=')).toEqual({ status: 0, said: '' });
    writeFileSync(join(folder, workflow), text.replace('drayage/drayage@v1', './').replace('ssh-key:', 'ssh-kye:'));
    expect(run(actionlint, '-no-color', '-shellcheck=', '-pyflakes=').said).toContain('ssh-kye');
    writeFileSync(join(folder, workflow), text);
  });

  it.skipIf(zizmor === undefined)('is one that zizmor finds nothing in (skipped without pip3)', () => {
    // Ours is named by its version, as in the README; those of GitHub may be too.
    const policies = 'policies: { "drayage/drayage": ref-pin, "actions/*": ref-pin, "*": hash-pin }';
    writeFileSync(join(folder, 'zizmor.yml'), `rules:\n  unpinned-uses:\n    config:\n      ${policies}\n`);
    const { status, said } = run(zizmor, '--offline', '--no-progress', '--config', 'zizmor.yml', workflow);
    expect(said).toContain('No findings to report');
    expect(status).toBe(0);
  });
});
