import { parseEnv } from 'node:util';
import type { MaybeSecret } from '../model.ts';
import type { ParsedDeploy, ParsedProject } from '../schema/project.ts';
import { secret } from '../secret.ts';
import type { Path } from '../tree.ts';
import { printPath } from '../tree.ts';
import type { Reading } from './reading.ts';

export type Variables = Readonly<Record<string, MaybeSecret>>;

/** Variables of the project, then of the environment: the last wins. */
export function sharedVariables(project: ParsedProject, environment: string, reading: Reading): Variables {
  const own = project.environments?.[environment]?.variables ?? {};
  return {
    ...reading.values(['variables'], project.variables),
    ...reading.values(['environments', environment, 'variables'], own),
  };
}

/** The container's variables: shared ones, those of the .env file, those of the service. */
export async function containerVariables(
  deploy: ParsedDeploy,
  shared: Variables,
  at: Path,
  reading: Reading,
): Promise<Variables> {
  const fromFile = await envFile(deploy['env-file'], [...at, 'env-file'], reading);
  const env = { ...shared, ...fromFile, ...reading.values([...at, 'env'], deploy.env) };
  const secrets = Object.keys(env).filter((name) => typeof env[name] !== 'string');
  if (secrets.length > 0) {
    const verb = secrets.length === 1 ? 'carries a secret' : 'carry secrets';
    const message = `${printPath([...at, 'env'])}: ${secrets.join(', ')} ${verb} that \`docker inspect\` shows; deploy.secrets keeps them in files.`;
    reading.problems.warn([...at, 'env'], message);
  }
  return env;
}

/** Read as Node reads .env files (quotes and comments mean something, `$` does not); then references are replaced. */
async function envFile(name: string | undefined, at: Path, reading: Reading): Promise<Variables> {
  const content = name === undefined ? undefined : await reading.raw(at, name);
  if (name === undefined || content === undefined) return {};
  const lines = content.split('\n');
  const entries = Object.entries(parseEnv(content)).map(([key, text = '']): [string, MaybeSecret] => {
    const line = lines.findIndex((candidate) => assignmentOf(candidate) === key) + 1;
    const value = reading.resolve(text, { path: at, at: { file: name, line, column: 1 } });
    return [key, value.secret ? secret(value.text) : value.text];
  });
  return Object.fromEntries(entries);
}

function assignmentOf(line: string): string | undefined {
  return /^\s*(?:export\s+)?([^\s=]+)\s*=/.exec(line)?.[1];
}
