import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jobScript } from '../../../packages/core/src/setup/apply.ts';
import type { Step } from '../../../packages/core/src/setup/plan.ts';

const step = (title: string, script: string): Step => ({ title, why: 'because', needsRoot: false, script });

function run(steps: readonly Step[]) {
  const folder = mkdtempSync(join(tmpdir(), 'drayage-'));
  const env = { PATH: process.env.PATH, DRAYAGE_JOB: folder };
  const { status, stdout } = spawnSync('sh', ['-c', jobScript(steps)], { env, encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  return { status, stdout };
}

describe('jobScript', () => {
  it('runs the steps in order under their headings', () => {
    expect(run([step('One', 'echo 1\n'), step("It's $two", 'echo 2\n')])).toEqual({
      status: 0,
      stdout: "--- One: because\n1\n--- It's $two: because\n2\n",
    });
  });

  it('ends at the first failing command and tells which step it was', () => {
    expect(run([step('One', 'echo 1\n'), step('Two', 'false\necho unreachable\n'), step('Three', 'echo 3\n')])).toEqual(
      {
        status: 41,
        stdout: '--- One: because\n1\n--- Two: because\n',
      },
    );
  });

  it('takes an unset variable for a fault', () => {
    expect(run([step('One', 'echo $nonsense\n')]).status).toBe(40);
  });
});
