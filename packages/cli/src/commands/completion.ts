import { DrayageError } from '@drayage/core/errors/drayage-error';
import type { Command } from '@drayage/core/host/command';
import { declaration } from '@drayage/core/host/input/declaration';
import { choice } from '@drayage/core/host/input/pieces';
import * as z from 'zod';

const completion = declaration({
  name: 'completion',
  summary: 'Print the script with which a shell completes commands, flags and names.',
  description:
    'bash: source <(drayage completion bash) in ~/.bashrc. zsh: the same in ~/.zshrc, behind compinit. fish: drayage completion fish > ~/.config/fish/completions/drayage.fish. Services, servers and environments are those of the drayage.yml in the folder.',
  inputs: z.object({ shell: choice(['bash', 'zsh', 'fish'], 'The shell.') }),
  outputs: {},
  deploys: false,
  examples: ['completion bash'],
  positional: 'shell',
  printsData: true,
});

export const command: Command<(typeof completion)['inputs']['shape']> = {
  declaration: completion,

  async run({ inputs: { shell }, print }) {
    if (shell === undefined) {
      throw new DrayageError('INPUT_INVALID', 'Nothing says for which shell; expected bash, zsh or fish.', {
        hint: 'For example: drayage completion bash',
      });
    }
    const { printScript } = await import('../completion/script.ts');
    printScript(shell, print);
    return {};
  },
};
