import { type Environment, variable } from '../environment.ts';
import { platformOf } from '../platform.ts';

/**
 * A variable of the job. `DRAYAGE_SSH_KEY: $SSH_KEY` arrives as the text `$SSH_KEY` where GitLab or Bitbucket have no
 * SSH_KEY for this job: then nothing was given.
 */
export function jobVariable(env: Environment, name: string): string | undefined {
  const value = variable(env, name);
  const platform = platformOf(env);
  const expands = platform === 'gitlab' || platform === 'bitbucket';
  return expands && value !== undefined && /^\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*\})$/.test(value) ? undefined : value;
}
