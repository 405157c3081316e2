import { execFile } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tool } from '../tools/tool.ts';

const [actionlint, zizmor] = await Promise.all([tool('actionlint'), tool('zizmor')]);
if (actionlint === undefined) console.log('Left out: actionlint is not here; it is installed with Go.');
if (zizmor === undefined) console.log('Left out: zizmor is not here; it is installed with pip3.');

const root = join(import.meta.dirname, '..', '..', '..');
const actions = ['action.yml', ...globSync('actions/*/action.yml', { cwd: root })];
const workflows = ['.github/workflows/*.yml', 'examples/github/*/workflow.yml'].flatMap((files) =>
  globSync(files, { cwd: root }).sort(),
);

/** What a linter printed, and nothing where it found nothing. */
function lint(program: string, argv: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, argv, { cwd, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error === null) resolve('');
      else if (typeof error.code === 'number') resolve(`${stdout}${stderr}` || `status ${error.code}`);
      else reject(error);
    });
  });
}

/**
 * A repository in which every workflow names our actions as files of the same repository: those actionlint reads, and
 * checks inputs and outputs against them.
 */
describe.skipIf(actionlint === undefined)('actionlint', () => {
  const folder = mkdtempSync(join(tmpdir(), 'drayage-actionlint-'));
  const check = (): Promise<string> => lint(actionlint ?? '', ['-no-color', '-shellcheck=', '-pyflakes='], folder);
  const path = (file: string): string =>
    join(folder, '.github/workflows', `${basename(dirname(file))}-${basename(file)}`);

  beforeAll(() => {
    mkdirSync(join(folder, '.git'));
    mkdirSync(join(folder, '.github/workflows'), { recursive: true });
    for (const part of ['action.yml', 'actions', 'dist'])
      cpSync(join(root, part), join(folder, part), { recursive: true });
    for (const file of workflows) {
      const text = readFileSync(join(root, file), 'utf8');
      writeFileSync(path(file), text.replace(/drayage\/drayage\/?(\S*)@v1/g, './$1'));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('finds nothing in workflows and in the actions they use', async () => {
    expect(await check()).toBe('');
  });

  it('knows our inputs and outputs', async () => {
    const file = path('examples/github/swarm/workflow.yml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      text.replace('state-artifact:', 'state-artefact:').replace('outputs.source-commit', 'outputs.commit-id'),
    );
    const found = await check();
    writeFileSync(file, text);
    expect(found).toContain('state-artefact');
    expect(found).toContain('commit-id');
  });
});

describe.skipIf(zizmor === undefined)('zizmor', () => {
  // Offline: what it would ask GitHub, such as whether a pinned commit exists, it cannot know here.
  const argv = ['--offline', '--no-progress', '--color=never', '--config', 'test/conformance/github/zizmor.yml'];
  const check = (...files: string[]): Promise<string> => lint(zizmor ?? '', [...argv, ...files], root);

  it('finds no weakness in workflows and actions', async () => {
    expect(await check(...workflows, ...actions)).toBe('');
  });

  it('would find one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'drayage-zizmor-'));
    const file = join(folder, 'weak.yml');
    writeFileSync(
      file,
      readFileSync(join(root, 'examples/github/swarm/workflow.yml'), 'utf8').replace(/@93cb\w+/, '@v5'),
    );
    const found = await check(file);
    rmSync(folder, { recursive: true });
    expect(found).toContain('unpinned-uses');
  });
});
