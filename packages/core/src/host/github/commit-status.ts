import { Attempts, type Deadline } from './attempts.ts';
import type { Ending, FollowOptions, Subject, Teller } from './follow.ts';
import { asDescription } from './repository.ts';

type CommitState = 'pending' | 'success' | 'failure' | 'error';

/** The commit's status `drayage/<environment>` (POST /repos/{owner}/{repo}/statuses/{sha}). */
export function commitStatus({ repository, runUrl, fork, report }: FollowOptions): Teller {
  const otherwise = 'The commit status was not set';
  const attempts = new Attempts({ otherwise, permission: 'statuses: write', fork, report });

  const set = (within: Deadline, { sha, environment }: Subject, state: CommitState, words: string, url = runUrl) =>
    attempts.make(within, async (signal) => {
      const { rest } = await repository.client();
      const { owner, repo } = repository;
      const context = `drayage/${environment}`;
      const description = asDescription(words);
      const request = { signal };
      await rest.repos.createCommitStatus({ owner, repo, sha, state, context, description, target_url: url, request });
    });

  return {
    begin: async (within, subject) => {
      await set(within, subject, 'pending', `Deploying to ${subject.environment}`);
    },
    end: async (within, subject, { outcome, url }: Ending) => {
      if (outcome === 'done') await set(within, subject, 'success', `Deployed to ${subject.environment}`, url);
      else if (outcome === 'failed') await set(within, subject, 'failure', 'The deployment was not made');
      else await set(within, subject, 'error', 'The deployment was cancelled');
      attempts.tell();
    },
  };
}
