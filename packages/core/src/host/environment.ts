/** Variables of the process, by name. Empty values are as good as absent. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The one place that reads the environment of the process. */
export function environment(): Environment {
  return process.env;
}

/** The value of a variable; undefined where it is unset or empty. */
export function variable(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === '' ? undefined : value;
}
