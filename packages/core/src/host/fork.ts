import { readFileSync } from 'node:fs';
import { parseSecrets } from '../config/secrets.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import { failuresOf } from '../report/failure.ts';
import { type Environment, variable } from './environment.ts';
import { platformOf } from './platform.ts';

/**
 * The fork whose pull request this run is for, where the CI gives such a run no secrets. `pull_request_target` runs
 * for the repository itself, and has them.
 */
export function forkOf(env: Environment): string | undefined {
  const of = (name: string) => variable(env, name);
  switch (platformOf(env)) {
    case 'github':
      return of('GITHUB_EVENT_NAME') === 'pull_request_target' ? undefined : forkOfEvent(of('GITHUB_EVENT_PATH'), env);
    case 'gitlab': {
      const source = of('CI_MERGE_REQUEST_SOURCE_PROJECT_PATH');
      return source === of('CI_MERGE_REQUEST_PROJECT_PATH') ? undefined : source;
    }
    default:
      return undefined;
  }
}

function forkOfEvent(path: string | undefined, env: Environment): string | undefined {
  if (path === undefined) return undefined;
  const { pull_request: pull } = readEvent(path);
  if (pull === undefined || pull === null) return undefined;
  // A fork that was deleted in the meantime has no repository.
  const head = pull.head?.repo?.full_name ?? 'that is deleted now';
  const base = pull.base?.repo?.full_name ?? variable(env, 'GITHUB_REPOSITORY');
  return head === base ? undefined : head;
}

interface PullRequestEvent {
  readonly pull_request?: { readonly head?: Side; readonly base?: Side } | null;
}

interface Side {
  readonly repo?: { readonly full_name?: string } | null;
}

function readEvent(path: string): PullRequestEvent {
  try {
    return Object(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return {};
  }
}

/** What a run for a fork's pull request lacks, as an error that says why; undefined for every other run. */
export function withheld(env: Environment, missing: readonly string[]): DrayageError | undefined {
  const fork = missing.length === 0 ? undefined : forkOf(env);
  if (fork === undefined) return undefined;
  const isGitHub = platformOf(env) === 'github';
  const ci = isGitHub ? 'GitHub' : 'GitLab';
  // The way out that is found first on the web is a hole.
  const trap = isGitHub ? ' Do not switch to pull_request_target: it hands the secrets to the code of the fork.' : '';
  const list = [missing.slice(0, -1).join(', '), missing.at(-1)].filter((part) => part !== '').join(' and ');
  return new DrayageError(
    'SECRETS_WITHHELD',
    `This pull request comes from the fork ${fork}, and ${ci} gives such a run no secrets: ${list} ${missing.length === 1 ? 'is' : 'are'} missing. Nothing was done.`,
    {
      hint: `Deploy once it is merged. With \`on-missing-secrets: skip\` such runs end green and do nothing.${trap}`,
    },
  );
}

/** Names of secrets that the job hands on and that are empty: what is left of one that the CI withholds. */
export function emptySecrets(text: string | undefined, env: Environment): string[] {
  const prefix = 'DRAYAGE_SECRET_';
  const variables = Object.keys(env).filter((key) => key.startsWith(prefix) && env[key] === '');
  const names = new Set(variables.map((key) => key.slice(prefix.length)));
  for (const [name, value] of Object.entries(text === undefined ? {} : secretsIn(text)))
    if (value === '') names.add(name);
  return [...names];
}

/** Text that cannot be read is said where the configuration is. */
function secretsIn(text: string): Record<string, string> {
  try {
    return parseSecrets(text);
  } catch {
    return {};
  }
}

/** The secrets that an error about drayage.yml says are not there. */
export function unresolvedSecrets(error: unknown): string[] {
  const unresolved = failuresOf(error).filter(({ code }) => code === 'CONFIG_REFERENCE_UNRESOLVED');
  return [
    ...new Set(unresolved.flatMap(({ message }) => /there is no secret (\w+) in this run/.exec(message)?.[1] ?? [])),
  ];
}
