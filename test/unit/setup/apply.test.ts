import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { jobScript } from '../../../packages/core/src/setup/apply.ts';
import type { Step } from '../../../packages/core/src/setup/plan.ts';

const step = (title: string, script: string): Step => ({ title, why: 'because', needsRoot: false, script });

function run(steps: readonly Step[]) {
  const folder = mkdtempSync(join(tmpdir(), 'drayage-'));
  const env = { PATH: process.env.PATH, DRAYAGE_JOB: folder, DRAYAGE_RUN: folder };
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

  it('runs alone on a server, and what it starts holds nobody up', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'drayage-'));
    const env = { PATH: process.env.PATH, DRAYAGE_JOB: folder, DRAYAGE_RUN: folder };
    const script = jobScript([
      step('Alone', `[ ! -e "$DRAYAGE_RUN/busy" ]\n: >"$DRAYAGE_RUN/busy"\nsleep 0.4\nrm "$DRAYAGE_RUN/busy"\n`),
      step('Start a daemon', 'sleep 20 >/dev/null 2>&1 &\necho "daemon $!"\n'),
    ]);
    const begun = performance.now();
    const both = await Promise.all([1, 2].map(() => promisify(execFile)('sh', ['-c', script], { env })));
    const waited = both.filter(({ stdout }) => stdout.includes('waiting for another run that sets this server up'));
    for (const { stdout } of both) process.kill(Number(/daemon (\d+)/.exec(stdout)?.[1]));
    rmSync(folder, { recursive: true });
    expect(waited).toHaveLength(1);
    // Both ended long before what they started.
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});
