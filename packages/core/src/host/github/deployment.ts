import { readableDuration } from '../../report/duration.ts';
import { Attempts, type Deadline } from './attempts.ts';
import { isProduction, isTransient, payloadOf, supersedes } from './deployment-facts.ts';
import type { Ending, FollowOptions, Subject, Teller } from './follow.ts';
import { asDescription } from './repository.ts';

type State = 'in_progress' | 'success' | 'failure' | 'error' | 'inactive';
/** Only of a project that could be read is anything deployed. */
type Deployed = Subject & { readonly project: string };

/** How many earlier deployments of the same services are looked at: those that failed stay between the good ones. */
const lookBack = 10;

/** A deployment of GitHub's for the run, with its statuses; what it takes the place of becomes inactive. */
export function deployment({ repository, runUrl, pullRequest, fork, report }: FollowOptions): Teller {
  const permission = 'deployments: write';
  const own = new Attempts({ otherwise: 'The deployment was not told to GitHub', permission, fork, report });
  const others = new Attempts({ otherwise: 'Earlier deployments may still look active', permission, fork, report });
  const { owner, repo } = repository;
  const task = 'deploy';
  let id: number | undefined;
  /** Earlier ones that may be active still. */
  let before: readonly number[] | undefined;

  const create = (within: Deadline, subject: Deployed) =>
    own.make(within, async (signal) => {
      const { rest } = await repository.client();
      const { sha, environment, title, command, services } = subject;
      const { data } = await rest.repos.createDeployment({
        owner,
        repo,
        ref: sha,
        task,
        environment,
        // What is deployed is decided already: GitHub is to merge nothing into it, and to wait for no check.
        auto_merge: false,
        required_contexts: [],
        description: asDescription(title ?? `${command} ${services.join(', ')}`),
        payload: { ...payloadOf(subject) },
        production_environment: isProduction(environment),
        transient_environment: isTransient(environment, pullRequest?.number),
        request: { signal },
      });
      if (!('id' in data)) throw new Error(data.message ?? 'it made no deployment');
      return Number(data.id);
    });

  const say = (
    attempts: Attempts,
    within: Deadline,
    deployment_id: number,
    state: State,
    words: string,
    url?: string,
  ) =>
    attempts.make(within, async (signal) => {
      const { rest } = await repository.client();
      await rest.repos.createDeploymentStatus({
        owner,
        repo,
        deployment_id,
        state,
        description: asDescription(words),
        ...(runUrl === undefined ? {} : { log_url: runUrl }),
        ...(url === undefined ? {} : { environment_url: url }),
        // GitHub would take other services of the environment for superseded, and leaves production out.
        auto_inactive: false,
        request: { signal },
      });
    });

  const listBefore = (within: Deadline, subject: Deployed, current: number) =>
    others.make(within, async (signal) => {
      const { rest } = await repository.client();
      const { environment } = subject;
      const { data } = await rest.repos.listDeployments({
        owner,
        repo,
        environment,
        task,
        per_page: 100,
        request: { signal },
      });
      const now = payloadOf(subject);
      const earlier = data.filter((each) => Number(each.id) < current && supersedes(now, each.payload));
      return earlier.slice(0, lookBack).map((each) => Number(each.id));
    });

  const isActive = async (deployment_id: number, signal: AbortSignal) => {
    const { rest } = await repository.client();
    const request = { signal };
    const { data } = await rest.repos.listDeploymentStatuses({ owner, repo, deployment_id, per_page: 1, request });
    return data[0]?.state === 'success';
  };

  const active = (within: Deadline, candidates: readonly number[]) =>
    others.make(within, async (signal) => {
      const states = await Promise.all(candidates.map((candidate) => isActive(candidate, signal)));
      return candidates.filter((_, index) => states[index]);
    });

  return {
    begin: async (within, subject) => {
      if (!isDeployed(subject)) return;
      const made = await create(within, subject);
      id = made;
      if (made === undefined) return;
      const begun = say(own, within, made, 'in_progress', `Deploying ${subject.services.join(', ')}`);
      before = await listBefore(within, subject, made);
      await begun;
    },

    end: async (within, subject, ending) => {
      if (!isDeployed(subject)) return;
      const made = id ?? (await create(within, subject));
      if (made !== undefined) {
        const { state, words } = wordsOf(ending);
        const isDone = state === 'success';
        const said = say(own, within, made, state, words, isDone ? ending.url : undefined);
        if (isDone) {
          before ??= await listBefore(within, subject, made);
          const superseded = (await active(within, before ?? [])) ?? [];
          await Promise.all(superseded.map((each) => say(others, within, each, 'inactive', `Replaced by ${made}`)));
        }
        await said;
      }
      own.tell();
      others.tell();
    },
  };
}

function isDeployed(subject: Subject): subject is Deployed {
  return subject.project !== undefined;
}

function wordsOf({ outcome, milliseconds, failures }: Ending): { readonly state: State; readonly words: string } {
  switch (outcome) {
    case 'done':
      return { state: 'success', words: `Deployed in ${readableDuration(milliseconds)}` };
    case 'failed':
      return { state: 'failure', words: failures[0]?.message ?? 'The deployment was not made' };
    default:
      return { state: 'error', words: 'The deployment was cancelled' };
  }
}
