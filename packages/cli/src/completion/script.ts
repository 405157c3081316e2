import { RootCommand } from '@bomb.sh/tab';

/**
 * The library's script asks this function of the package bash-completion for the words before the cursor; where the
 * package is not installed, this one answers. Blanks alone separate words, as the script wants it.
 */
const wordsOfBash = `if ! declare -F _get_comp_words_by_ref >/dev/null; then
  _get_comp_words_by_ref() {
    local line=\${COMP_LINE:0:COMP_POINT}
    IFS=$' \\t\\n' read -ra words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=('')
    cword=$((\${#words[@]} - 1)) cur=\${words[cword]} prev=\${words[cword - 1]}
  }
fi
`;

/** Prints the script that makes a shell complete the command line. */
export function printScript(shell: 'bash' | 'zsh' | 'fish', print: (text: string) => void): void {
  const root = new RootCommand();
  if (shell !== 'bash') {
    root.setup('drayage', 'drayage', shell);
    return;
  }
  print(wordsOfBash);
  // Its constants are read-only, and other programs may have set the same ones: sourcing it again must not complain.
  print('{\n');
  root.setup('drayage', 'drayage', shell);
  print('} 2>/dev/null\n');
}
