import type { Explanation } from './explanation.ts';

/** Inputs, drayage.yml, and the run as a whole. */
export const inputs = {
  // General
  CANCELLED: {
    means: 'The run was cancelled. Remote work it had started was ended; what served before still serves.',
    fix: 'Start the run again.',
    exit: 130,
  },
  INTERNAL_BUG: {
    means: 'Drayage met a situation its authors did not think of.',
    fix: 'Please report it with the stack trace that was printed.',
  },
  RUN_TIMEOUT: {
    means: 'The whole run took longer than its input `timeout` allows, and was cancelled.',
    fix: 'Look in the log for the step that took so long; give a longer `timeout` if it needs one.',
  },
  // Inputs and drayage.yml
  COMMAND_UNKNOWN: {
    means: 'Drayage has no command of this name.',
    fix: 'See `drayage help` for what there is.',
    exit: 64,
  },
  CONFIG_CONFLICT: {
    means: 'Two keys of drayage.yml, two services or two environments exclude each other.',
    fix: 'The message names both sides: change or remove one of them, then run `drayage validate`.',
    exit: 64,
  },
  CONFIG_INVALID: {
    means: 'A value in drayage.yml is not what the schema allows.',
    fix: 'Mend the line and column that the message names, then run `drayage validate`.',
    exit: 64,
  },
  CONFIG_REFERENCE_UNQUOTED: {
    means:
      'A reference such as `${{ secrets.TOKEN }}` stands in drayage.yml without quotes. YAML would read its braces as maps.',
    fix: 'Put the whole value in quotes; the message shows the line to paste.',
    exit: 64,
  },
  CONFIG_REFERENCE_UNRESOLVED: {
    means: 'A reference in drayage.yml, or in a file that it names, stands for nothing in this run.',
    fix: 'Correct its name, or give the value: secrets through the input `secrets` or `DRAYAGE_SECRET_<NAME>`, variables under `variables`. A literal `${{` is written `$${{`.',
    exit: 64,
  },
  INPUT_INVALID: {
    means: 'An input (flag, environment variable or action input) has a value that is not allowed.',
    fix: 'Give the input one of the values the message names; `drayage <command> --help` lists them.',
    exit: 64,
  },
  NOT_SUPPORTED_YET: {
    means:
      'The key of drayage.yml, or the command, is reserved and does nothing yet, so it is refused instead of being ignored.',
    fix: 'Remove the key; `drayage help` lists the commands that work.',
    exit: 64,
  },
  SECRETS_WITHHELD: {
    means:
      'The run is for a pull request that comes from a fork, and CI systems give such runs no secrets: anybody could read them.',
    fix: 'Deploy when the pull request is merged. With the input `on-missing-secrets: skip` such runs end green and do nothing.',
    exit: 64,
  },
  STATE_INVALID: {
    means:
      'The state that an earlier step should have handed over is damaged, or belongs to another repository or run.',
    fix: 'Run the earlier steps again in this run. To use the state of another run on purpose, give its id as `state-run`.',
    exit: 64,
  },
  TOOL_CHECKSUM_MISMATCH: {
    means: 'A program that was fetched for a step is not the one that was expected. It was removed and not run.',
    fix: 'Run again; if it stays, find out who changes the download on its way.',
  },
  TOOL_DOWNLOAD_FAILED: {
    means: 'A program that a step needs could not be fetched.',
    fix: 'Check that this machine may connect to the address in the message, or put the program on the PATH.',
  },
  TOOL_MISSING: {
    means: 'A step needs a program on this machine that is not installed.',
    fix: 'Install the program that the message names and put it on the PATH.',
  },
} as const satisfies Record<string, Explanation>;
