import { distance } from 'fastest-levenshtein';
import { guess } from '../../config/nearest.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { type Environment, variable } from '../environment.ts';
import { isInPipe } from '../platform.ts';
import { snakeCase } from './declaration.ts';

/** An error for each name that no input has. GitHub's inputs are the same in capitals and small letters. */
export function unknownInputs(given: readonly string[], known: readonly string[]): DrayageError[] {
  const names = given.map((name) => name.toLowerCase());
  return names
    .filter((name) => !known.includes(name))
    .map((name) => {
      const hint = guess(name, known) ?? 'The README of the action lists its inputs.';
      return new DrayageError('INPUT_INVALID', `There is no input "${name}".`, { hint });
    });
}

/**
 * Names of what the workflow gave to a composite action. The runner knows only declared inputs by name, so the action
 * hands all of them on as JSON beside their values. Empty means not given.
 */
export function namesGiven(env: Environment): string[] {
  try {
    const inputs: unknown = JSON.parse(variable(env, 'DRAYAGE_INPUTS') ?? '{}');
    return Object.entries(Object(inputs)).flatMap(([name, value]) => (value === '' || value === null ? [] : [name]));
  } catch {
    return [];
  }
}

/**
 * An error for each variable of Bitbucket's pipe that is almost the name of an input. Its inputs are variables among others,
 * so only what comes close can be a slip; taken for nothing, a misspelt DRY_RUN would deploy.
 */
export function misspeltVariables(env: Environment, known: readonly string[]): DrayageError[] {
  if (!isInPipe(env)) return [];
  const inputs = known.map(snakeCase);
  // A list arrives as X_COUNT, X_0, X_1, …
  const names = Object.keys(env).map((name) => name.replace(/_(?:COUNT|\d+)$/, ''));
  const foreign = [...new Set(names)].filter(
    (name) => !inputs.includes(name) && /^(?!BITBUCKET_)[A-Z_]{5,}$/.test(name),
  );
  return foreign.flatMap((name) => {
    const meant = inputs.find((input) => distance(name, input) <= 2);
    if (meant === undefined) return [];
    const message = `There is no variable ${name} of this pipe's command.`;
    return [new DrayageError('INPUT_INVALID', message, { hint: `Did you mean ${meant}?` })];
  });
}
