import { readableDuration } from '../../report/duration.ts';
import { Attempts, type Deadline } from './attempts.ts';
import { isProduction, isTransient, payloadOf } from './deployment-facts.ts';
import type { Ending, FollowOptions, Subject, Teller } from './follow.ts';
import { asDescription } from './repository.ts';
import { superseded } from './superseded.ts';

type State = 'in_progress' | 'success' | 'failure' | 'error';
/** Only of a project that could be read is anything deployed. */
type Deployed = Subject & { readonly project: string };

/** A deployment of GitHub's for the run, with its statuses; what it takes the place of becomes inactive. */
export function deployment(options: FollowOptions): Teller {
  const { repository, runUrl, pullRequest, fork, report } = options;
  const otherwise = 'The deployment was not told to GitHub';
  const attempts = new Attempts({ otherwise, permission: 'deployments: write', fork, report });
  const { owner, repo } = repository;
  const task = 'deploy';
  const earlier = superseded(options, task);
  let id: number | undefined;

  const create = (within: Deadline, subject: Deployed) =>
    attempts.make(within, async (signal) => {
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

  const say = (within: Deadline, deployment_id: number, state: State, words: string, url?: string) =>
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

  return {
    begin: async (within, subject) => {
      if (!isDeployed(subject)) return;
      const made = await create(within, subject);
      id = made;
      if (made === undefined) return;
      const words = `Deploying ${subject.services.join(', ')}`;
      await Promise.all([say(within, made, 'in_progress', words), earlier.look(within, subject, made)]);
    },

    end: async (within, subject, ending) => {
      if (!isDeployed(subject)) return;
      const made = id ?? (await create(within, subject));
      if (made !== undefined) {
        const { state, words } = wordsOf(ending);
        const retire = async () => {
          await earlier.look(within, subject, made);
          await earlier.retire(within, made);
          earlier.tell();
        };
        const isDone = state === 'success';
        await Promise.all([
          say(within, made, state, words, isDone ? ending.url : undefined),
          isDone ? retire() : undefined,
        ]);
      }
      attempts.tell();
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
