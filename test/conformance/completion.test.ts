import { beforeAll, describe, expect, it } from 'vitest';
import { ensurePrograms } from '../lab/machine.ts';
import { Folder } from '../support/entry.ts';
import { inShell, main } from '../support/shell.ts';

/** bash is everywhere and tried in the fast tests; these two are installed for it. */
describe('drayage completion', () => {
  beforeAll(() => ensurePrograms({ zsh: 'zsh', fish: 'fish' }, () => undefined));

  it('answers the Tab key in zsh', () => {
    using folder = new Folder();
    folder.write(
      '.zshrc',
      `drayage() { '${process.execPath}' '${main}' "$@" 2>&1; }\nautoload -U compinit; compinit -u\n`,
    );
    const typed = 'source <(drayage completion zsh)\ndrayage valid\t--sh\t| sed s/^/said:/\nexit\n';
    const { stdout } = inShell('bash', [], 'exec script -qec "zsh -i" /dev/null', folder, typed);
    expect(stdout).toMatch(/said:.*drayage\.yml/);
  });

  it('completes in fish', () => {
    using folder = new Folder();
    const script = 'drayage completion fish | source; complete --do-complete "drayage logs w"';
    const { stdout } = inShell('fish', ['--no-config'], script, folder);
    expect(stdout.trim().split(/\s+/)).toEqual(['web', 'worker']);
  });
});
