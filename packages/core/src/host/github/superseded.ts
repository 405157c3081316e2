import { Attempts, type Deadline } from './attempts.ts';
import { payloadOf, supersedes } from './deployment-facts.ts';
import type { FollowOptions, Subject } from './follow.ts';

/** How many earlier deployments of the same services are looked at: those that failed stay between the good ones. */
const lookBack = 10;

interface Earlier {
  readonly id: number;
  readonly state: string | undefined;
}

/** Earlier deployments of the same services, which become inactive when a later one has taken their place. */
export interface Superseded {
  /** Looks for them, ahead of time: what is told at the end should be one request deep. */
  look(within: Deadline, subject: Subject & { readonly project: string }, current: number): Promise<void>;
  /** Where `look` came first, and found out. */
  retire(within: Deadline, current: number): Promise<void>;
  tell(): void;
}

export function superseded({ repository, runUrl, fork, report }: FollowOptions, task: string): Superseded {
  const { owner, repo } = repository;
  const attempts = new Attempts({
    otherwise: 'Earlier deployments may still look active',
    permission: 'deployments: write',
    fork,
    report,
  });
  let before: readonly Earlier[] | undefined;

  const withState = async (id: number, signal: AbortSignal): Promise<Earlier> => {
    const { rest } = await repository.client();
    const question = { owner, repo, deployment_id: id, per_page: 1, request: { signal } };
    const { data } = await rest.repos.listDeploymentStatuses(question);
    return { id, state: data[0]?.state };
  };

  const makeInactive = async (deployment_id: number, current: number, signal: AbortSignal) => {
    const { rest } = await repository.client();
    const description = `Replaced by ${current}`;
    const links = runUrl === undefined ? {} : { log_url: runUrl };
    const status = { owner, repo, deployment_id, state: 'inactive', description, ...links } as const;
    await rest.repos.createDeploymentStatus({ ...status, auto_inactive: false, request: { signal } });
  };

  return {
    look: async (within, subject, current) => {
      if (before !== undefined) return;
      before = await attempts.make(within, async (signal) => {
        const { rest } = await repository.client();
        const { environment } = subject;
        const question = { owner, repo, environment, task, per_page: 100, request: { signal } };
        const { data } = await rest.repos.listDeployments(question);
        const now = payloadOf(subject);
        const ids = data
          .filter((each) => Number(each.id) < current && supersedes(now, each.payload))
          .map((each) => Number(each.id));
        return Promise.all(ids.slice(0, lookBack).map((id) => withState(id, signal)));
      });
    },
    retire: async (within, current) => {
      const seen = before;
      if (seen === undefined) return;
      await attempts.make(within, async (signal) => {
        const retireOne = async (earlier: Earlier) => {
          // What was under way then has ended since, or its runner was killed and it never will.
          const { id, state } = earlier.state === 'in_progress' ? await withState(earlier.id, signal) : earlier;
          if (state === 'success' || state === 'in_progress') await makeInactive(id, current, signal);
        };
        await Promise.all(seen.map(retireOne));
      });
    },
    tell: () => attempts.tell(),
  };
}
