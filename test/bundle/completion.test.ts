import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { Folder } from '../support/entry.ts';
import { inShell, main } from '../support/shell.ts';

/** What bash would propose for each line, asked by the function that `complete` registered. */
function proposals(lines: readonly string[], folder: Folder): string[][] {
  const ask = (line: string) => `COMP_LINE=${JSON.stringify(line)} COMP_POINT=${line.length} COMPREPLY=()
__drayage_complete 2>/dev/null
printf '%s\\n' "\${COMPREPLY[@]}" END`;
  // Sourced twice, as in a nested shell: no word about constants that are set already.
  const script = `script=$(drayage completion bash)
[[ -z $({ source <(echo "$script"); source <(echo "$script"); } 2>&1) ]] || exit 8
source <(echo "$script")
[[ $(complete -p drayage) == 'complete -F __drayage_complete drayage' ]] || exit 9
${lines.map(ask).join('\n')}`;
  const { stdout } = inShell('bash', ['--norc'], script, folder);
  const answers = stdout.split('END\n').map((answer) => answer.trim().split('\n').sort());
  return answers.slice(0, -1);
}

describe('drayage completion bash', () => {
  it('completes commands, flags, and the values that are known', ({ expect }) => {
    using folder = new Folder();
    const wanted = {
      'drayage setup': ['setup-build-server', 'setup-deploy-node'],
      'drayage up --host-key-': ['--host-key-policy'],
      'drayage up --host-key-policy ': ['accept-new', 'strict'],
      'drayage logs --service w': ['web', 'worker'],
      'drayage logs w': ['web', 'worker'],
      'drayage up --servers ': ['builder', 'node-1'],
      'drayage up --service ': ['unfinished', 'web', 'worker'],
      'drayage up --dry-run --environment s': ['staging'],
      'drayage help SSH_HOST_KEY_M': ['SSH_HOST_KEY_MISMATCH'],
      'drayage help sch': ['schema'],
      'drayage completion ': ['bash', 'fish', 'zsh'],
      'drayage validate --config other.yml --environment ': ['production'],
    };
    const lines = Object.keys(wanted);
    const found = proposals(lines, folder);
    expect(Object.fromEntries(lines.map((line, index) => [line, found[index]]))).toEqual(wanted);
    // Names that a shell would expand are not proposed: pressing Tab in a foreign repository runs nothing of it.
    expect(existsSync(join(folder.path, 'pwned'))).toBe(false);
  });

  it('answers the Tab key', ({ expect }) => {
    using folder = new Folder();
    const typed = 'source <(drayage completion bash)\ndrayage valid\t --sh\t | sed s/^/said:/\nexit\n';
    folder.write('rc', `drayage() { '${process.execPath}' '${main}' "$@" 2>&1; }\n`);
    const { stdout } = inShell('bash', [], 'exec script -qec "bash --rcfile rc -i" /dev/null', folder, typed);
    // The words were completed, so the command ran: it found the file above half written.
    expect(stdout).toMatch(/said:.*drayage\.yml/);
  });
});

describe('drayage completion', () => {
  it('says for which shells there is one', async ({ expect }) => {
    using folder = new Folder();
    const { status, stderr } = await folder.run(['completion']);
    expect(status).toBe(64);
    expect(stderr).toContain('expected bash, zsh or fish');
    expect((await folder.run(['completion', 'tcsh'])).stderr).toContain('is "tcsh"; expected one of bash, zsh, fish');
  });
});
