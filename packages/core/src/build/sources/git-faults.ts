import type { SourceSpec } from '../../config/model.ts';
import { DrayageError } from '../../errors/drayage-error.ts';
import { mark } from '../../report/marked-lines.ts';
import { repositoryOf } from './checkout.ts';
import { lfsPatience } from './git-lfs.ts';
import { diagnoseGit } from './git-server.ts';

type GitSource = Extract<SourceSpec, { kind: 'git' }>;

/** The error behind a job that could not fetch a commit, its submodules or its large files. */
export function diagnoseFetch(log: string, source: GitSource, server: string, sha: string): DrayageError {
  return (
    submoduleFault(log, source, server) ?? largeFault(log, server) ?? diagnoseGit(log, source, server, `commit ${sha}`)
  );
}

/** With its port where that tells credentials apart. */
const hostOf = (url: string) => (/^https?:/.test(url) ? new URL(url).host : (repositoryOf(url).split('/')[0] ?? ''));

function submoduleFault(log: string, source: GitSource, server: string): DrayageError | undefined {
  const find = (pattern: RegExp) => pattern.exec(log)?.slice(1);
  const [path] = find(/^@drayage submodule-without-url (.*)$/m) ?? [];
  if (path !== undefined) {
    return new DrayageError('GIT_FETCH_FAILED', `The submodule ${path} of ${source.url} has no URL in .gitmodules.`, {
      hint: 'Add it there (git submodule add), or remove the folder that git took for a submodule (git rm --cached).',
    });
  }
  const [badUrl, badPath] = find(/^@drayage submodule-refused (\S+) (.*)$/m) ?? [];
  if (badUrl !== undefined) {
    const what = `The submodule ${badPath} of ${source.url} has the URL ${badUrl}, which is not taken`;
    return new DrayageError('GIT_FETCH_FAILED', `${what}; expected https, ssh or a relative URL.`, {
      hint: 'Change it in .gitmodules; files of the build server are never fetched for a submodule.',
    });
  }
  if (/^@drayage submodules-too-deep /m.test(log)) {
    return new DrayageError('GIT_FETCH_FAILED', `Submodules of ${source.url} are nested deeper than ten levels.`);
  }
  const [url, commit, name] = find(/^@drayage submodule (\S+) (\S+) (.*)$/m) ?? [];
  if (url === undefined || commit === undefined) return undefined;
  const cause = diagnoseGit(log, { ...source, url }, server, `the submodule ${name} (commit ${commit})`);
  const hint =
    cause.code === 'GIT_ACCESS_DENIED'
      ? keyHint(source, url)
      : cause.code === 'GIT_REF_NOT_FOUND'
        ? pushHint(url)
        : cause.hint;
  return new DrayageError(cause.code, cause.message, { hint, output: withoutMarks(cause.output ?? '') });
}

/** Without what is meant for us. */
function withoutMarks(log: string): string {
  return log
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith(`${mark} `))
    .join('\n');
}

const pushHint = (url: string) => `The repository records a commit that ${url} does not have: push it there first.`;

function keyHint({ url: own, token, key }: GitSource, url: string): string {
  const host = hostOf(url);
  if (host !== hostOf(own)) {
    const given = token !== undefined ? 'source.token' : key !== undefined ? 'source.key' : 'no credential';
    return `It lies on ${host}, and ${given} is for ${hostOf(own)}. Make the submodule public, move it to ${hostOf(own)}, or set source.submodules: false.`;
  }
  if (key !== undefined) {
    return 'It needs another key: a deploy key opens one repository. Use the key of an account that may read both, or source.token with an https URL.';
  }
  if (token !== undefined) return `Let the token of source.token read ${repositoryOf(url)} too.`;
  return 'For private submodules give source.token (https) or source.key (ssh) with access to both.';
}

function largeFault(log: string, server: string): DrayageError | undefined {
  if (log.includes('@drayage missing git-lfs')) {
    return new DrayageError('GIT_MISSING', `${server} has no git-lfs, which is needed for source.lfs.`, {
      hint: 'drayage setup-build-server',
    });
  }
  const [, stalled] = /^@drayage lfs-stalled (\S+)$/m.exec(log) ?? [];
  if (stalled !== undefined) {
    const what = `${server} got nothing from the LFS server of ${stalled} for ${lfsPatience} s, and gave up`;
    return new DrayageError('GIT_FETCH_FAILED', `${what}.`, {
      hint: 'Run again; if it stays, look at the LFS server (lfs.url in .lfsconfig, else the git server itself) and the way to it.',
      output: withoutMarks(log),
    });
  }
  const [, failed] = /^@drayage lfs-failed (\S+)$/m.exec(log) ?? [];
  if (failed === undefined) return undefined;
  const output = withoutMarks(log);
  // git-lfs says the cause first, and then that there was one.
  const lines = output.split('\n').filter((line) => !/failed to fetch some objects/.test(line));
  const said =
    lines.findLast((line) => /error|denied|not found|does not exist|missing|failed/i.test(line)) ?? lines.at(-1) ?? '';
  const what = `${server} cannot fetch the large files (LFS) of ${failed}: ${said.trim().replace(/\.$/, '')}.`;
  if (/No space left on device/i.test(log)) return new DrayageError('DISK_FULL', what, { output });
  if (
    /Authentication required|Authorization error|Permission denied|HTTP 40[13]|credentials for|Bad credentials/i.test(
      log,
    )
  ) {
    return new DrayageError('GIT_ACCESS_DENIED', what, {
      hint: 'The token or key of the source must be allowed to read LFS as well; another host in .lfsconfig gets neither.',
      output,
    });
  }
  const isGone = /does not exist on the server|Object does not exist|\b404\b/i.test(log);
  const hint = isGone ? 'Push what is missing: git lfs push --all <remote>.' : undefined;
  return new DrayageError('GIT_FETCH_FAILED', what, { hint, output });
}
