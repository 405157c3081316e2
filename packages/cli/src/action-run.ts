import { didYouMean } from '@drayage/core/config/nearest';
import { DrayageError } from '@drayage/core/errors/drayage-error';
import type { AnyCommand } from '@drayage/core/host/command';
import { type Environment, variable } from '@drayage/core/host/environment';
import { runCommand } from '@drayage/core/host/run-command';
import { command as leftovers } from './commands/leftovers.ts';
import { commands } from './commands.ts';
import { commandHelp } from './help.ts';

/** Kept in step with the inputs of the root action by the type of `rootCommands`. */
const allowed = ['up', 'plan', 'rollback', 'redeploy', 'history', 'status'];

/** The root action's main: the command of its input. */
export async function runMain(env: Environment): Promise<number> {
  const { saveState } = await import('@drayage/core/host/toolkit');
  saveState('post', 'true');
  const name = variable(env, 'INPUT_COMMAND') ?? 'up';
  const load = allowed.includes(name) ? commands[name] : undefined;
  const command = load === undefined ? refusing(name) : (await load()).command;
  return runCommand(command, { ...options(env), onStart: ({ id }) => saveState('run', id) });
}

/** The root action's post: nothing to do after a run that ended by itself. It warns at most. */
export async function runPost(env: Environment): Promise<number> {
  const argv = env.STATE_run === undefined ? [] : ['--run', env.STATE_run];
  await runCommand(leftovers, { ...options(env), argv });
  return 0;
}

function options(env: Environment) {
  return { argv: [], env, cwd: process.cwd(), help: commandHelp };
}

/** A command that only says what is wrong, in the form every failure has. */
function refusing(name: string): AnyCommand {
  return {
    declaration: { ...leftovers.declaration, name: 'drayage' },
    run: async () => {
      throw new DrayageError(
        'INPUT_INVALID',
        `The input "command" is "${name}"; expected one of ${allowed.join(', ')}.`,
        {
          hint: didYouMean(name, allowed),
        },
      );
    },
  };
}
