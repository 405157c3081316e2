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

/** What other people's programs may see: inputs of Drayage and its secrets are not their business; everything else they may have settings in. */
export function toolEnvironment(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !/^(?:DRAYAGE_|INPUT_)/i.test(entry[0]),
    ),
  );
}
