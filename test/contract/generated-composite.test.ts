import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

/** Runs the script of a composite action as the runner does: bash with -e and pipefail, inputs in the environment. */
function runComposite(file: string, env: Record<string, string>) {
  const { runs } = parse(readFileSync(file, 'utf8'));
  const { run } = runs.steps.find((step: { id?: string }) => step.id === 'run');
  const cwd = mkdtempSync(join(tmpdir(), 'drayage-composite-'));
  try {
    const base = { GITHUB_ACTIONS: 'true', GITHUB_ACTION_PATH: resolve(dirname(file)) };
    const options = { cwd, env: { ...base, ...env }, encoding: 'utf8' } as const;
    return spawnSync('/bin/bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', run], options);
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

describe.each(globSync('actions/*/action.yml'))('%s', (file) => {
  it('says in one sentence that the runner has no Node.js', () => {
    const { status, stdout } = runComposite(file, { PATH: '/nowhere' });
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^::error title=drayage [a-z-]+::Drayage needs Node\.js 20\.18 or newer on the runner and found no node; .*\n$/,
    );
  });

  it('starts the bundled command with its inputs', () => {
    const env = { PATH: dirname(process.execPath), DRAYAGE_INPUT_CONFIG: 'absent.yml' };
    const { status, stdout } = runComposite(file, env);
    expect(stdout).toContain('The configuration file absent.yml does not exist.');
    expect(status).toBe(64);
  });
});
