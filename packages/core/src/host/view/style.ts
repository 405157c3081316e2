import type { Paint } from '../../report/error-text.ts';
import { type Environment, variable } from '../environment.ts';

const codes = { red: 31, green: 32, yellow: 33, cyan: 36, bold: 1, dim: 2 } as const;

/** Whether colours are wanted: NO_COLOR (no-color.org) wins, then FORCE_COLOR, then whether it is a terminal. */
export function wantsColor(env: Environment, isTerminal: boolean): boolean {
  if (variable(env, 'NO_COLOR') !== undefined) return false;
  const forced = variable(env, 'FORCE_COLOR');
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTerminal && env.TERM !== 'dumb';
}

export function painter(colored: boolean): Paint {
  return (style, text) => (colored ? `\x1b[${codes[style]}m${text}\x1b[0m` : text);
}
