import { DrayageError } from '../errors/drayage-error.ts';

/** Words that mean something to a shell where a program's name is expected. */
const reserved = /^(if|then|else|elif|fi|do|done|case|esac|while|until|for|in|function|select|time|coproc)$/;

/**
 * One word of POSIX sh that stands for exactly `word`. The only place where text becomes part of a command line.
 * Throws INPUT_INVALID for a NUL character, which no argument can carry.
 */
export function quote(word: string): string {
  if (word.includes('\0')) {
    throw new DrayageError('INPUT_INVALID', 'A value holds a NUL character, which no command or file name can carry.');
  }
  return /^[\w./,:@+-]+$/.test(word) && !reserved.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A simple command that runs `argv` with every argument as data. */
export function quoteArgv(argv: readonly string[]): string {
  return argv.map(quote).join(' ');
}

/** Assignments with `export`, each on its own line. Throws INPUT_INVALID for a name no shell variable can have. */
export function exportLines(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
        throw new DrayageError('INPUT_INVALID', `'${name}' cannot be the name of an environment variable.`, {
          hint: 'Use letters, digits and underscores, and no digit in front.',
        });
      }
      return `export ${name}=${quote(value)}\n`;
    })
    .join('');
}
