import { guess } from '@drayage/core/config/nearest';
import { DrayageError, throwAll } from '@drayage/core/errors/drayage-error';
import type { AnyCommand } from '@drayage/core/host/command';
import { type Environment, variable } from '@drayage/core/host/environment';
import { inputsOf } from '@drayage/core/host/input/declaration';
import { unknownInputs } from '@drayage/core/host/input/unknown';
import { runCommand } from '@drayage/core/host/run-command';
import { command as leftovers } from './commands/leftovers.ts';
import { commands } from './commands.ts';
import { commandHelp } from './help.ts';

/** Kept in step with the inputs of the root action by the type of `rootCommands`. */
const allowed = ['up', 'plan', 'rollback', 'redeploy', 'teardown', 'history', 'status', 'doctor', 'cleanup'];

/** The root action's main: the command of its input. */
export async function runMain(env: Environment): Promise<number> {
  const { saveState } = await import('@drayage/core/host/toolkit');
  saveState('post', 'true');
  const name = variable(env, 'INPUT_COMMAND') ?? 'up';
  const load = allowed.includes(name) ? commands[name] : undefined;
  const wanted = (await load?.())?.command;
  const errors = [...(wanted === undefined ? [noCommand(name)] : []), ...(await unknownNames(env, wanted))];
  const command = wanted === undefined || errors.length > 0 ? refusing(errors) : wanted;
  return runCommand(command, {
    ...options(env),
    onStart: ({ id }) => saveState('run', id),
    onFinish: () => saveState('run', ''),
  });
}

/** GitHub hands names on that action.yml does not have, with no more than a warning. */
async function unknownNames(env: Environment, wanted: AnyCommand | undefined): Promise<readonly DrayageError[]> {
  const names = Object.keys(env).filter((key) => key.startsWith('INPUT_') && variable(env, key) !== undefined);
  const given = names.map((name) => name.slice('INPUT_'.length));
  const known = ['command', ...(wanted === undefined ? [] : inputsOf(wanted.declaration).map((input) => input.name))];
  if (unknownInputs(given, known).length === 0) return [];
  const { rootAction } = await import('./action-inputs.ts');
  return unknownInputs(
    given,
    inputsOf(rootAction).map((input) => input.name),
  );
}

/** The root action's post: nothing to do after a run that ended by itself. It warns at most. */
export async function runPost(env: Environment): Promise<number> {
  const run = variable(env, 'STATE_run');
  // Nothing was begun, so nothing is left; runs of other jobs in this folder are none of its business.
  if (run === undefined) return 0;
  const servers = ['INPUT_SERVERS', 'INPUT_SERVER'].flatMap((name) => variable(env, name) ?? []);
  const argv = ['--run', run, ...servers.flatMap((given) => ['--servers', given])];
  await runCommand(leftovers, { ...options(env), argv });
  return 0;
}

function options(env: Environment) {
  return { argv: [], env, cwd: process.cwd(), help: commandHelp };
}

function noCommand(name: string): DrayageError {
  const message = `The input "command" is "${name}"; expected one of ${allowed.join(', ')}.`;
  return new DrayageError('INPUT_INVALID', message, { hint: guess(name, allowed) });
}

/** A command that only says what is wrong, in the form every failure has. */
function refusing(errors: readonly DrayageError[]): AnyCommand {
  return {
    declaration: { ...leftovers.declaration, name: 'drayage' },
    run: async () => {
      throwAll(errors);
      return {};
    },
  };
}
