import { type Environment, variable } from '../environment.ts';
import { isInPipe, platformOf } from '../platform.ts';
import { type NamedInput, snakeCase } from './declaration.ts';
import { jobVariable } from './job-variable.ts';

/** The text of an input and where it was found, for messages. */
export interface FoundInput {
  readonly text: string;
  readonly from: string;
}

/**
 * Looks an input up: flag, `DRAYAGE_<NAME>`, the CI host's own form. Empty means not given. What is not found here comes
 * from drayage.yml, or is the default.
 */
export function findInput(
  input: NamedInput,
  flags: Readonly<Record<string, string>>,
  env: Environment,
): FoundInput | undefined {
  const flag = flags[input.name];
  if (flag !== undefined && flag !== '') return { text: flag, from: `--${input.name}` };
  const own = `DRAYAGE_${snakeCase(input.name)}`;
  const value = jobVariable(env, own);
  if (value !== undefined) return { text: value, from: own };
  // What composite actions and GitLab components set: of another name than the user's, because it may be empty.
  const template = jobVariable(env, `DRAYAGE_INPUT_${snakeCase(input.name)}`);
  if (template !== undefined) return { text: template, from: `input "${input.name}"` };
  return hostForm(input, env);
}

function hostForm(input: NamedInput, env: Environment): FoundInput | undefined {
  const platform = platformOf(env);
  if (platform === 'github') {
    // The runner keeps the hyphens of an input's name.
    const text = variable(env, `INPUT_${input.name.toUpperCase()}`);
    return text === undefined ? undefined : { text, from: `input "${input.name}"` };
  }
  if (platform === 'bitbucket' && isInPipe(env)) return pipeForm(snakeCase(input.name), env);
  return undefined;
}

/** Variables of a pipe; a list arrives as X_COUNT, X_0, X_1, … */
function pipeForm(name: string, env: Environment): FoundInput | undefined {
  const count = Number(variable(env, `${name}_COUNT`) ?? 0);
  if (Number.isInteger(count) && count > 0 && count <= 1000) {
    const items = Array.from({ length: count }, (_, index) => variable(env, `${name}_${index}`) ?? '');
    return { text: items.join('\n'), from: `variable ${name}` };
  }
  const text = variable(env, name);
  return text === undefined ? undefined : { text, from: `variable ${name}` };
}
