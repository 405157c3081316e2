import { type Environment, variable } from '../environment.ts';

type Octokit = ReturnType<typeof import('../github-api.ts').getOctokit>;

/** The repository of this run, and the client that speaks of it. */
export interface Repository {
  readonly owner: string;
  readonly repo: string;
  /** Loads the client when it is first asked for: that takes longer than a request. */
  client(): Promise<Octokit>;
}

/** undefined where the environment does not name one. */
export function repositoryOf(env: Environment, token: string): Repository | undefined {
  const [owner, repo] = (variable(env, 'GITHUB_REPOSITORY') ?? '').split('/');
  if (owner === undefined || owner === '' || repo === undefined || repo === '') return undefined;
  let opened: Promise<Octokit> | undefined;
  return {
    owner,
    repo,
    client: () => {
      opened ??= open(env, token);
      return opened;
    },
  };
}

async function open(env: Environment, token: string): Promise<Octokit> {
  const { getOctokit } = await import('../github-api.ts');
  return getOctokit(token, { baseUrl: variable(env, 'GITHUB_API_URL'), log: quiet });
}

/** The client speaks of deprecations on the console; what goes wrong is told by whoever asked. */
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Longest description GitHub takes of a status. */
const longest = 140;

/** The text as GitHub takes it for a description: one line of a limited length. */
export function asDescription(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
}
