import type { SourceSpec } from '../../config/model.ts';
import type { GitFacts } from '../../config/scope.ts';

/** What git knows about this checkout. */
export interface CheckoutFacts extends GitFacts {
  /** URL of the remote it came from. */
  readonly remote?: string;
  /** When the commit was made, RFC 3339. */
  readonly committedAt?: string;
}

type GitSource = Extract<SourceSpec, { kind: 'git' }>;

/** Which commit of a git source is built. */
export type Wanted =
  | { readonly kind: 'commit'; readonly sha: string; readonly branch?: string; readonly tag?: string }
  /** A branch or tag, or the default branch: the git server must be asked. */
  | { readonly kind: 'ref'; readonly ref: string };

/**
 * A source that is this checkout's own repository is built at the commit of this run, unless it names another branch or tag; any
 * other ref is for the git server to resolve.
 */
export function wantedCommit(source: GitSource, git: CheckoutFacts): Wanted {
  const { ref, url } = source;
  if (ref !== undefined && /^[0-9a-f]{40}$/.test(ref)) return { kind: 'commit', sha: ref };
  const isOwn = git.remote !== undefined && repositoryOf(git.remote) === repositoryOf(url);
  const isThis = ref === undefined || ref === git.branch || ref === git.tag;
  if (isOwn && isThis && git.sha !== undefined) {
    return { kind: 'commit', sha: git.sha, branch: git.branch, tag: git.tag };
  }
  return { kind: 'ref', ref: ref ?? 'HEAD' };
}

/** `host/path` of a repository, the same for its https, ssh and scp-like URLs; without user, port and `.git`. */
export function repositoryOf(url: string): string {
  const [, scpHost, scpPath] = /^(?:[^@/]+@)?([^:/]+):(?!\/\/)(.+)$/.exec(url) ?? [];
  if (scpHost !== undefined && scpPath !== undefined) return clean(`${scpHost}/${scpPath}`);
  const [, host = '', path = url] = /^[a-z+]+:\/\/(?:[^@/]+@)?([^/:]*)(?::\d+)?\/(.*)$/i.exec(url) ?? [];
  return clean(`${host}/${path}`);
}

function clean(repository: string): string {
  return repository
    .replace(/\/+/g, '/')
    .replace(/\/$/, '')
    .replace(/\.git$/, '')
    .toLowerCase();
}
