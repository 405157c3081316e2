import type { Comment, CommitStatus, Deployment, DeploymentStatus } from './records.ts';

// What is kept, in the words GitHub answers: with the links and authors that its description asks for.

const moment = '2026-01-02T03:04:05Z';
const nodeId = (kind: string, id: number) => Buffer.from(`${kind}:${id}`).toString('base64');

let lastId = 4_000_000_000;
/** Larger than every one before, as GitHub's are. */
export const newId = (): number => ++lastId;

function user(login: string, type: string, url: string) {
  const at = `${url}/users/${encodeURIComponent(login)}`;
  const links = [
    'followers',
    'following',
    'gists',
    'starred',
    'subscriptions',
    'organizations',
    'repos',
    'events',
    'received_events',
  ];
  return {
    login,
    id: 41_898_282,
    node_id: nodeId('User', 41_898_282),
    avatar_url: `${url}/avatar`,
    gravatar_id: '',
    url: at,
    html_url: at,
    ...Object.fromEntries(links.map((link) => [`${link}_url`, `${at}/${link}`])),
    type,
    site_admin: false,
  };
}

const bot = (url: string) => user('github-actions[bot]', 'Bot', url);

export function commitStatusBody(status: CommitStatus, repository: string, url: string) {
  const { sha, ...shown } = status;
  const id = newId();
  const times = { created_at: moment, updated_at: moment };
  return {
    url: `${repository}/statuses/${sha}`,
    avatar_url: null,
    id,
    node_id: nodeId('Status', id),
    ...shown,
    ...times,
    creator: bot(url),
  };
}

export function deploymentBody({ statuses: _, ...made }: Deployment, ref: string, repository: string, url: string) {
  const at = `${repository}/deployments/${made.id}`;
  return {
    ...made,
    url: at,
    node_id: nodeId('Deployment', made.id),
    ref,
    original_environment: made.environment,
    creator: bot(url),
    created_at: moment,
    updated_at: moment,
    statuses_url: `${at}/statuses`,
    repository_url: repository,
  };
}

export function statusBody(status: DeploymentStatus, { id, environment }: Deployment, repository: string, url: string) {
  const deployment_url = `${repository}/deployments/${id}`;
  const links = {
    url: `${deployment_url}/statuses/${status.id}`,
    deployment_url,
    repository_url: repository,
    target_url: status.log_url,
  };
  const times = { created_at: moment, updated_at: moment };
  return {
    ...status,
    node_id: nodeId('DeploymentStatus', status.id),
    environment,
    creator: bot(url),
    ...times,
    ...links,
  };
}

export function commentBody({ id, issue, body, author, type, association }: Comment, repository: string, url: string) {
  return {
    id,
    node_id: nodeId('IssueComment', id),
    url: `${repository}/issues/comments/${id}`,
    html_url: `${url}/issues/${issue}#issuecomment-${id}`,
    issue_url: `${repository}/issues/${issue}`,
    body,
    user: user(author, type, url),
    created_at: moment,
    updated_at: moment,
    author_association: association,
  };
}
