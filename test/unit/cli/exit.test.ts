import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const file = fileURLToPath(new URL('../../../packages/cli/src/exit.ts', import.meta.url));

function run(body: string) {
  const script = `import { exit, failUnlessSaid } from ${JSON.stringify(file)}; failUnlessSaid(); ${body}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
}

it('a process whose work was given up without a word has failed, and says so', () => {
  const { status, stderr } = run('new Promise(() => {}).then(() => exit(0));');
  expect(status).toBe(1);
  expect(stderr).toContain('INTERNAL_BUG · Drayage ended before its work had.');
});

it('a process that says how it ended has ended so', () => {
  expect(run('exit(0);')).toMatchObject({ status: 0, stderr: '' });
  expect(run('exit(64);')).toMatchObject({ status: 64, stderr: '' });
});
