import { guess } from '@drayage/core/config/nearest';
import { DrayageError } from '@drayage/core/errors/drayage-error';
import { type Environment, environment, variable } from '@drayage/core/host/environment';
import { isInPipe, platformOf } from '@drayage/core/host/platform';
import { type RunOptions, runCommand } from '@drayage/core/host/run-command';
import { errorsText } from '@drayage/core/report/error-text';
import { exitStatusOfAll, failuresOf } from '@drayage/core/report/failure';
import { commands, reservedCommands } from './commands.ts';
import { exit } from './exit.ts';
import { commandHelp, overview } from './help.ts';

/** Runs the command that the arguments name, and sets the exit status of the process. */
export async function dispatch(argv: readonly string[]): Promise<void> {
  const [first = pipeCommand(environment()), ...rest] = argv;
  if (first === undefined || first === '--help' || first === '-h') {
    process.stdout.write(await overview());
    // Nothing was asked for: that is a slip in a script, and help for a person.
    exit(first === undefined ? 64 : 0);
    return;
  }
  // Asked by the scripts of `drayage completion`, not by people.
  if (first === 'complete' && rest[0] === '--') {
    const { complete } = await import('./completion/complete.ts');
    await complete(rest.slice(1));
    exit(0);
    return;
  }
  const load = Object.hasOwn(commands, first) ? commands[first] : undefined;
  if (load === undefined) {
    const failures = failuresOf(unknownCommand(first));
    process.stderr.write(`${errorsText(failures)}\n`);
    exit(exitStatusOfAll(failures));
    return;
  }
  const { command } = await load();
  const env = environment();
  const options = { argv: rest, env, cwd: process.cwd(), help: commandHelp };
  exit(await runCommand(command, { ...options, ...(await unfinishedOutput(env)) }));
}

/**
 * The last step of a composite action cleans up after a run that was killed. This output tells it which one, from the
 * moment that something could be left until nothing is.
 */
async function unfinishedOutput(env: Environment): Promise<Pick<RunOptions, 'onStart' | 'onFinish'>> {
  if (platformOf(env) !== 'github' || variable(env, 'GITHUB_OUTPUT') === undefined) return {};
  const { setOutput } = await import('@drayage/core/host/toolkit');
  return { onStart: ({ id }) => setOutput('unfinished', id), onFinish: () => setOutput('unfinished', '') };
}

/** In Bitbucket's pipe the command is a variable like every other input. */
function pipeCommand(env: Environment): string | undefined {
  return isInPipe(env) ? (variable(env, 'COMMAND') ?? 'up') : undefined;
}

export function unknownCommand(name: string): DrayageError {
  if (reservedCommands.includes(name)) {
    return new DrayageError('NOT_SUPPORTED_YET', `The command "${name}" is planned and does not work yet.`, {
      hint: '`drayage help` lists the commands that work.',
    });
  }
  const flag = name.startsWith('-') ? 'The command comes first, then its flags. ' : '';
  return new DrayageError('COMMAND_UNKNOWN', `There is no command "${name}".`, {
    hint: `${flag}${guess(name, Object.keys(commands)) ?? '`drayage help` lists the commands.'}`,
  });
}
