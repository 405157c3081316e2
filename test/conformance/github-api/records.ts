import { createHash } from 'node:crypto';
import { commentBody, commitStatusBody, deploymentBody, newId, statusBody } from './bodies.ts';

/** What GitHub keeps of one repository, as far as Drayage speaks of it, in the form it answers. */
export interface Records {
  readonly statuses: CommitStatus[];
  readonly deployments: Deployment[];
  readonly comments: Comment[];
}

export interface CommitStatus {
  readonly sha: string;
  readonly state: string;
  readonly context: string;
  readonly description: string | null;
  readonly target_url: string | null;
}

export interface Deployment {
  readonly id: number;
  readonly sha: string;
  readonly environment: string;
  readonly payload: unknown;
  readonly task: string;
  readonly description: string | null;
  readonly transient_environment: boolean;
  readonly production_environment: boolean;
  /** The newest last. */
  readonly statuses: DeploymentStatus[];
}

export interface DeploymentStatus {
  readonly id: number;
  readonly state: string;
  readonly description: string;
  readonly environment_url: string;
  readonly log_url: string;
}

export interface Comment {
  readonly id: number;
  readonly issue: number;
  body: string;
  /** Login of who wrote it, and what they are. */
  readonly author: string;
  readonly type: 'Bot' | 'User';
  readonly association: 'NONE' | 'CONTRIBUTOR' | 'COLLABORATOR' | 'MEMBER' | 'OWNER';
}

export interface Question {
  readonly operation: string;
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  // biome-ignore lint/suspicious/noExplicitAny: the description has judged it before.
  readonly body: any;
  /** Of this server. */
  readonly url: string;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** A further page exists. */
  readonly more?: boolean;
}

export const refused = (status: number, message: string): Answer => ({
  status,
  body: { message, documentation_url: 'https://docs.github.com/rest', status: String(status) },
});

/** Answers what is asked, and keeps what is told, as GitHub documents it. undefined: not one of the operations kept here. */
export function answer(records: Records, question: Question): Answer | undefined {
  const { operation, path, query, body, url } = question;
  const repository = `${url}/repos/${path.owner}/${path.repo}`;
  const deployment = records.deployments.find(({ id }) => id === Number(path.deployment_id));
  switch (operation) {
    case 'repos/create-commit-status': {
      const { state, context = 'default', description = null, target_url = null } = body;
      const status = { sha: path.sha ?? '', state, context, description, target_url };
      records.statuses.push(status);
      return { status: 201, body: commitStatusBody(status, repository, url) };
    }
    case 'repos/create-deployment': {
      const made = newDeployment(body);
      records.deployments.unshift(made);
      return { status: 201, body: deploymentBody(made, body.ref, repository, url) };
    }
    case 'repos/list-deployments': {
      const wanted = records.deployments.filter(
        ({ environment, task, sha }) =>
          (query.get('environment') ?? environment) === environment &&
          (query.get('task') ?? task) === task &&
          (query.get('sha') ?? sha) === sha,
      );
      return page(
        wanted.map((each) => deploymentBody(each, each.sha, repository, url)),
        query,
      );
    }
    case 'repos/create-deployment-status': {
      if (deployment === undefined) return refused(404, 'Not Found');
      const status = newStatus(body);
      if (status.state === 'success' && body.auto_inactive !== false) retire(records, deployment);
      deployment.statuses.push(status);
      return { status: 201, body: statusBody(status, deployment, repository, url) };
    }
    case 'repos/list-deployment-statuses': {
      if (deployment === undefined) return refused(404, 'Not Found');
      return page(deployment.statuses.map((each) => statusBody(each, deployment, repository, url)).reverse(), query);
    }
    case 'issues/list-comments': {
      const wanted = records.comments.filter(({ issue }) => issue === Number(path.issue_number));
      return page(
        wanted.map((each) => commentBody(each, repository, url)),
        query,
      );
    }
    case 'issues/create-comment': {
      const author = { author: 'github-actions[bot]', type: 'Bot', association: 'CONTRIBUTOR' } as const;
      const made: Comment = { id: newId(), issue: Number(path.issue_number), body: body.body, ...author };
      records.comments.push(made);
      return { status: 201, body: commentBody(made, repository, url) };
    }
    case 'issues/update-comment': {
      const comment = records.comments.find(({ id }) => id === Number(path.comment_id));
      if (comment === undefined) return refused(404, 'Not Found');
      comment.body = body.body;
      return { status: 200, body: commentBody(comment, repository, url) };
    }
    default:
      return undefined;
  }
}

/** The newest come first, a page at a time. */
function page(all: readonly unknown[], query: URLSearchParams): Answer {
  const size = Number(query.get('per_page') ?? 30);
  const start = (Number(query.get('page') ?? 1) - 1) * size;
  return { status: 200, body: all.slice(start, start + size), more: start + size < all.length };
}

// biome-ignore lint/suspicious/noExplicitAny: the description has judged it before.
function newDeployment(body: any): Deployment {
  const { ref, environment = 'production', payload = '', task = 'deploy', description = null } = body;
  return {
    id: newId(),
    sha: /^[0-9a-f]{40}$/.test(ref) ? ref : createHash('sha1').update(ref).digest('hex'),
    environment,
    payload,
    task,
    description,
    transient_environment: body.transient_environment ?? false,
    production_environment: body.production_environment ?? environment === 'production',
    statuses: [],
  };
}

// biome-ignore lint/suspicious/noExplicitAny: the description has judged it before.
function newStatus(body: any): DeploymentStatus {
  const { state, description = '', environment_url = '', log_url = '' } = body;
  return { id: newId(), state, description, environment_url, log_url };
}

/** GitHub does this for environments that are neither transient nor production, and for deployments that succeeded. */
function retire({ deployments }: Records, now: Deployment): void {
  for (const earlier of deployments) {
    if (earlier.id >= now.id || earlier.environment !== now.environment) continue;
    if (earlier.transient_environment || earlier.production_environment) continue;
    if (earlier.statuses.at(-1)?.state !== 'success') continue;
    earlier.statuses.push(newStatus({ state: 'inactive' }));
  }
}
