import type { GitFacts } from '../config/scope.ts';
import type { Report } from '../report/report.ts';
import { type Environment, variable } from './environment.ts';

export interface StatusOptions {
  readonly token: string;
  readonly env: Environment;
  readonly sha: string;
  readonly environment: string;
  readonly report: Pick<Report, 'warn'>;
  /** Of the run, or of what was deployed. */
  readonly url?: string;
}

/** A status that follows a run. */
export interface FollowedRun {
  /** Sets how the run ended. Resolves when GitHub has answered, or has not for too long. */
  end(outcome: 'done' | 'failed' | 'cancelled', url?: string): Promise<void>;
}

/** Milliseconds before "pending" is said: loading the API client must not delay the first connection. */
const afterStart = 500;

/** Sets the status to pending soon after the start, and to what became of the run at its end. */
export function followRun(options: Omit<StatusOptions, 'sha'>, checkout: () => Promise<GitFacts>): FollowedRun {
  const set = async (state: CommitState, description: string, url = options.url) => {
    const { sha } = await checkout();
    if (sha !== undefined) await setCommitStatus({ ...options, sha, url }, state, description);
  };
  let pending: Promise<void> = Promise.resolve();
  const timer = setTimeout(() => {
    pending = set('pending', `Deploying to ${options.environment}`);
  }, afterStart);
  return {
    end: async (outcome, url) => {
      clearTimeout(timer);
      await pending;
      if (outcome === 'done') await set('success', `Deployed to ${options.environment}`, url);
      else
        await set(
          outcome === 'failed' ? 'failure' : 'error',
          `The deployment was ${outcome === 'failed' ? 'not made' : 'cancelled'}`,
        );
    },
  };
}

/** Longest description that GitHub takes. */
const longest = 140;
/** Milliseconds; nobody should wait for a status. */
const patience = 10_000;

export type CommitState = 'pending' | 'success' | 'failure' | 'error';

/**
 * Sets the commit's status `drayage/<environment>` (POST /repos/{owner}/{repo}/statuses/{sha}). Never throws: what goes
 * wrong is a warning, because a deployment that worked has worked.
 */
export async function setCommitStatus(options: StatusOptions, state: CommitState, description: string): Promise<void> {
  const { token, env, sha, environment, report, url } = options;
  const [owner, repo] = (variable(env, 'GITHUB_REPOSITORY') ?? '').split('/');
  if (owner === undefined || repo === undefined) return;
  try {
    const { getOctokit } = await import('./github-api.ts');
    const octokit = getOctokit(token, { baseUrl: variable(env, 'GITHUB_API_URL') });
    await octokit.rest.repos.createCommitStatus({
      owner,
      repo,
      sha,
      state,
      context: `drayage/${environment}`,
      description: description.length <= longest ? description : `${description.slice(0, longest - 1)}…`,
      target_url: url,
      request: { signal: AbortSignal.timeout(patience) },
    });
  } catch (error) {
    const status = error instanceof Error && 'status' in error ? Number(error.status) : undefined;
    const isRefused = status === 401 || status === 403 || status === 404;
    const why = isRefused
      ? `GitHub refused it (${status}). The token needs \`permissions: statuses: write\`.`
      : error instanceof Error
        ? error.message
        : String(error);
    report.warn(`The commit status was not set: ${why}`);
  }
}
