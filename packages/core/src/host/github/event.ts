import { readFile } from 'node:fs/promises';
import { type Environment, variable } from '../environment.ts';

/** The pull request a run is about. */
export interface PullRequest {
  readonly number: number;
  /** Its newest commit. The checkout of such a run is a merge of it that no branch will ever hold. */
  readonly head: string | undefined;
  /** Repository it comes from, `owner/name`, where that is another one than this. */
  readonly fork: string | undefined;
}

/** Reads the event that started the run (GITHUB_EVENT_PATH). undefined for every other event, and where it cannot be read. */
export async function pullRequestOf(env: Environment): Promise<PullRequest | undefined> {
  const path = variable(env, 'GITHUB_EVENT_PATH');
  if (variable(env, 'GITHUB_EVENT_NAME') !== 'pull_request' || path === undefined) return undefined;
  try {
    return readPullRequest(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

interface Side {
  readonly sha?: unknown;
  readonly repo?: { readonly full_name?: unknown } | null;
}

/** The parts of the event's payload that matter here, where they are what GitHub documents. */
export function readPullRequest(payload: unknown): PullRequest | undefined {
  const { pull_request: request } = (payload ?? {}) as {
    pull_request?: { readonly number?: unknown; readonly head?: Side; readonly base?: Side };
  };
  const { number, head, base } = request ?? {};
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) return undefined;
  const from = head?.repo?.full_name;
  const to = base?.repo?.full_name;
  // A fork that was deleted has no repository any more.
  const isFork = head !== undefined && to !== undefined && from !== to;
  return {
    number,
    head: typeof head?.sha === 'string' ? head.sha : undefined,
    fork: isFork ? (typeof from === 'string' ? from : 'that was deleted') : undefined,
  };
}

/** The commit that GitHub shows a run beside: in a pull request its own newest commit, not the merge that was checked out. */
export function shownCommit(sha: string | undefined, env: Environment, request: PullRequest | undefined) {
  return request?.head !== undefined && sha === variable(env, 'GITHUB_SHA') ? request.head : sha;
}
