import { likely, question } from '../../config/nearest.ts';

/** So many flags with the same first letter still are a hint; more are a wall. */
const few = 5;

/**
 * What to type instead of a flag that nobody knows: the nearest ones, never all. `-service` and `-s` are taken for what
 * they would be with two hyphens.
 */
export function flagHint(typed: string, names: readonly string[], command?: string): string {
  const flags = names.map((name) => `--${name}`);
  const isShort = /^-[^-]/.test(typed);
  const near =
    isShort && typed.length === 2 ? startingWith(`-${typed}`, flags) : likely(isShort ? `-${typed}` : typed, flags);
  const hints = [
    isShort ? 'Drayage has no short flags.' : undefined,
    question(near),
    command === undefined ? undefined : `\`drayage ${command} --help\` explains them all.`,
  ];
  return hints.filter((hint) => hint !== undefined).join(' ');
}

function startingWith(start: string, flags: readonly string[]): readonly string[] {
  const found = flags.filter((flag) => flag.startsWith(start));
  return found.length > few ? [] : found;
}
