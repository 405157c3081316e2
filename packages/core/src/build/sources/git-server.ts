import { hash, randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import type { SourceSpec } from '../../config/model.ts';
import { privateFolder } from '../../docker/cli-lines.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import type { Phase } from '../../report/report.ts';
import type { Server } from '../../transport/server.ts';
import { quote } from '../../transport/shell.ts';
import { type GitAccess, gitAccess } from './git-access.ts';

type GitSource = Extract<SourceSpec, { kind: 'git' }>;

/** A commit, and what kind of ref it was found by. */
export interface Resolved {
  readonly sha: string;
  readonly branch?: string;
  readonly tag?: string;
}

/** Where the server keeps what it has fetched of a repository. */
export function mirrorFolder(stateDir: string, url: string): string {
  return posix.join(stateDir, 'git', hash('sha256', url).slice(0, 16));
}

export function accessTo(server: Server, source: GitSource): GitAccess {
  return gitAccess(source, posix.join(server.account.stateDir, 'git', 'known_hosts'));
}

/** Asks the git server what a branch, a tag or `HEAD` stands for. Throws GIT_REF_NOT_FOUND, GIT_ACCESS_DENIED, GIT_FETCH_FAILED, GIT_MISSING. */
export async function resolveRef(
  server: Server,
  source: GitSource,
  ref: string,
  phase: Phase,
  signal?: AbortSignal,
): Promise<Resolved> {
  const access = accessTo(server, source);
  const patterns = ref === 'HEAD' ? ['HEAD'] : [`refs/heads/${ref}`, `refs/tags/${ref}`, `refs/tags/${ref}^{}`, ref];
  let log = '';
  const { exitCode } = await server.job({
    id: `resolve-${randomBytes(6).toString('hex')}`,
    files: access.files,
    script: `${privateFolder('git')}
${access.setup}
exec ${access.git} ls-remote --symref ${quote(source.url)} ${patterns.map(quote).join(' ')}`,
    timeout: 120_000,
    signal,
    onOutput: (chunk) => {
      log += chunk;
    },
  });
  for (const [notice] of log.matchAll(/^Warning: Permanently added.*$/gm)) phase.note(notice);
  if (exitCode !== 0) throw diagnoseGit(log, source, server.name, ref);
  const resolved = readRefs(log, ref);
  if (resolved !== undefined) {
    phase.note(`${ref} of ${source.url} is ${resolved.sha}`);
    return resolved;
  }
  throw new DrayageError('GIT_REF_NOT_FOUND', `${source.url} has no branch or tag "${ref}".`, {
    hint: /^[0-9a-f]{7,39}$/.test(ref)
      ? 'Write a commit with all 40 digits.'
      : `List them: git ls-remote ${source.url}`,
  });
}

/** A branch before a tag of the same name, as `git clone --branch` does; an annotated tag is its commit. */
export function readRefs(output: string, ref: string): Resolved | undefined {
  const rows = output.split('\n').flatMap((line) => {
    const [, sha, name] = /^([0-9a-f]{40})\t(\S+)$/.exec(line) ?? [];
    return sha === undefined || name === undefined ? [] : [{ sha, name }];
  });
  const find = (name: string) => rows.find((row) => row.name === name)?.sha;
  if (ref === 'HEAD') {
    const [, branch] = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(output) ?? [];
    const sha = find('HEAD');
    return sha === undefined ? undefined : { sha, branch };
  }
  const branch = find(`refs/heads/${ref}`);
  if (branch !== undefined) return { sha: branch, branch: ref };
  const tag = find(`refs/tags/${ref}^{}`) ?? find(`refs/tags/${ref}`);
  if (tag !== undefined) return { sha: tag, tag: ref };
  const other = find(ref);
  return other === undefined ? undefined : { sha: other };
}

/** The error behind what git printed. */
export function diagnoseGit(log: string, source: GitSource, server: string, wanted: string): DrayageError {
  const lines = log.trim().split('\n');
  const said =
    lines.findLast((line) => /^(?:fatal|remote|error|ssh|ERROR): |Permission denied|Host key/.test(line)) ??
    lines.at(-1) ??
    '';
  const what = `${server} cannot fetch ${wanted} from ${source.url}`;
  if (log.includes('@drayage missing git')) {
    return new DrayageError('GIT_MISSING', `${server} has no git, which is needed for source.git.`, {
      hint: 'drayage setup-build-server',
    });
  }
  if (/Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/.test(log)) {
    return new DrayageError('GIT_FETCH_FAILED', `${what}: the git server's SSH key is not the one seen before.`, {
      hint: `If it was changed on purpose, remove its line from the file "git/known_hosts" in Drayage's state folder on ${server}.`,
      output: log,
    });
  }
  if (
    /Authentication failed|could not read Username|Permission denied|Repository not found|repository .* not found|HTTP 40[134]|requested URL returned error: 40[134]|access denied|not allowed/i.test(
      log,
    )
  ) {
    const credentials = source.token ?? source.key;
    const given =
      credentials === undefined ? 'without credentials' : `with source.${source.token === undefined ? 'key' : 'token'}`;
    return new DrayageError('GIT_ACCESS_DENIED', `${what} ${given}: ${said}.`, {
      hint:
        credentials === undefined
          ? 'For a private repository give source.token (https) or source.key (ssh).'
          : undefined,
      output: log,
    });
  }
  if (/No space left on device/i.test(log))
    return new DrayageError('DISK_FULL', `${what}: its disk is full.`, { output: log });
  if (/not our ref|couldn't find remote ref|did not contain|@drayage no-commit/.test(log)) {
    return new DrayageError('GIT_REF_NOT_FOUND', `${source.url} has no ${wanted}.`, {
      hint: 'If it is a new commit, push it first.',
      output: log,
    });
  }
  return new DrayageError('GIT_FETCH_FAILED', `${what}: ${said}.`, { output: log });
}
