import { didYouMean } from '../../config/nearest.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { type Environment, variable } from '../environment.ts';

/** An error for each name that no input has. GitHub's inputs are the same in capitals and small letters. */
export function unknownInputs(given: readonly string[], known: readonly string[]): DrayageError[] {
  const names = given.map((name) => name.toLowerCase());
  return names
    .filter((name) => !known.includes(name))
    .map(
      (name) => new DrayageError('INPUT_INVALID', `There is no input "${name}".`, { hint: didYouMean(name, known) }),
    );
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
