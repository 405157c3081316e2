import type { Environment } from '../environment.ts';
import { jobVariable } from './job-variable.ts';

const prefix = 'DRAYAGE_SECRET_';

/** `DRAYAGE_SECRET_<NAME>` of the environment. Empty ones count as not given. */
export function secretsOf(env: Environment): Record<string, string> {
  const secrets: Record<string, string> = {};
  for (const key of Object.keys(env)) {
    const value = key.startsWith(prefix) ? jobVariable(env, key) : undefined;
    if (value !== undefined) secrets[key.slice(prefix.length)] = value;
  }
  return secrets;
}
