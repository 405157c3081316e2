import type { GitFacts } from '../config/scope.ts';
import type { Argv, Completed } from '../transport/server.ts';
import { type Environment, variable } from './environment.ts';

/** What is known of this checkout. Everything is undefined outside of one. */
export interface Checkout extends GitFacts {
  /** Subject of the commit. */
  readonly subject?: string;
  /** When the commit was made, RFC 3339. */
  readonly committedAt?: string;
  /** URL of `origin`, without user and password. */
  readonly remote?: string;
}

export type RunHere = (argv: Argv, options?: { readonly cwd?: string }) => Promise<Completed>;

/** In a CI container the checkout often belongs to another user; these commands run nothing of the repository's. */
const git = ['git', '-c', 'safe.directory=*', '-c', 'core.fsmonitor=false'] as const;

/** Asks local git, and the CI for what a detached checkout does not know. Without git, or outside a checkout, what the CI says. */
export async function readCheckout(run: RunHere, cwd: string, env: Environment): Promise<Checkout> {
  const ask = async (...args: string[]) => {
    const { stdout, exitCode } = await run([...git, ...args], { cwd }).catch(() => ({ stdout: '', exitCode: 127 }));
    return exitCode === 0 ? stdout : '';
  };
  const [log, remote] = await Promise.all([
    ask('log', '-1', '--decorate=short', '--format=%H%n%D%n%cI%n%s'),
    ask('config', '--get', 'remote.origin.url'),
  ]);
  return { ...checkoutOf(log, env), remote: withoutCredentials(remote.trim()) };
}

/** Whether files differ from the commit; undefined outside of a checkout, and without git. */
export async function isDirty(run: RunHere, cwd: string): Promise<boolean | undefined> {
  const status = [...git, 'status', '--porcelain', '--untracked-files=normal'] as const;
  const { stdout, exitCode } = await run(status, { cwd }).catch(() => ({ stdout: '', exitCode: 127 }));
  return exitCode === 0 ? stdout.trim() !== '' : undefined;
}

/** `log` is commit, decorations, date and subject, a line each. */
export function checkoutOf(log: string, env: Environment): Checkout {
  const [hash = '', decorations = '', committedAt = '', subject = ''] = log.split('\n');
  const ci = refsOfCi(env);
  const sha = hash === '' ? ci.sha : hash;
  const names = decorations.split(', ');
  const onBranch = names.find((name) => name.startsWith('HEAD -> '))?.slice('HEAD -> '.length);
  const tagged = names.find((name) => name.startsWith('tag: '))?.slice('tag: '.length);
  return {
    sha,
    short: sha?.slice(0, 7),
    branch: ci.branch ?? onBranch,
    tag: ci.tag ?? tagged,
    committedAt: committedAt === '' ? undefined : committedAt,
    subject: subject === '' ? undefined : subject,
  };
}

function refsOfCi(env: Environment): GitFacts {
  const of = (...names: string[]) => names.map((name) => variable(env, name)).find((value) => value !== undefined);
  const isTag = env.GITHUB_REF_TYPE === 'tag';
  const head = of('GITHUB_REF_NAME');
  return {
    sha: of('GITHUB_SHA', 'CI_COMMIT_SHA', 'BITBUCKET_COMMIT'),
    branch: isTag
      ? undefined
      : (of('GITHUB_HEAD_REF', 'CI_COMMIT_BRANCH', 'CI_MERGE_REQUEST_SOURCE_BRANCH_NAME', 'BITBUCKET_BRANCH') ?? head),
    tag: isTag ? head : of('CI_COMMIT_TAG', 'BITBUCKET_TAG'),
  };
}

/** GitLab's own checkouts carry the job's token in this URL. */
export function withoutCredentials(url: string): string | undefined {
  if (url === '') return undefined;
  return url.replace(/^([a-z+]+:\/\/)[^/@]*@/, (whole, scheme: string) => (scheme === 'ssh://' ? whole : scheme));
}
