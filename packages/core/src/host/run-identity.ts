import { randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import type { RunIdentity } from '../context.ts';
import { type Environment, variable } from './environment.ts';
import { platformOf } from './platform.ts';

/** Who runs this, from what the CI tells. The id is unique per process: two jobs of one run must not share a lock. */
export function runIdentity(env: Environment, random = randomBytes(3).toString('hex')): RunIdentity {
  const of = (name: string) => variable(env, name);
  switch (platformOf(env)) {
    case 'github': {
      const run = of('GITHUB_RUN_ID') ?? '0';
      const attempt = of('GITHUB_RUN_ATTEMPT') ?? '1';
      const repository = of('GITHUB_REPOSITORY');
      const url =
        repository === undefined
          ? undefined
          : `${of('GITHUB_SERVER_URL') ?? 'https://github.com'}/${repository}/actions/runs/${run}/attempts/${attempt}`;
      const number = of('GITHUB_RUN_NUMBER') ?? run;
      return {
        id: id('gh', run, attempt, random),
        who: by(`GitHub run ${number}`, of('GITHUB_TRIGGERING_ACTOR')),
        url,
      };
    }
    case 'gitlab': {
      const job = of('CI_JOB_ID') ?? '0';
      const who = by(`GitLab pipeline ${of('CI_PIPELINE_IID') ?? '0'}`, of('GITLAB_USER_LOGIN'));
      return { id: id('gl', of('CI_PIPELINE_ID') ?? '0', job, random), who, url: of('CI_JOB_URL') };
    }
    case 'bitbucket': {
      const number = of('BITBUCKET_BUILD_NUMBER') ?? '0';
      const workspace = of('BITBUCKET_REPO_FULL_NAME');
      const url =
        workspace === undefined ? undefined : `https://bitbucket.org/${workspace}/pipelines/results/${number}`;
      return { id: id('bb', number, random), who: `Bitbucket pipeline ${number}`, url };
    }
    default:
      return { id: id('cli', random, process.pid.toString(36)), who: `${userName(env)}@${hostname()}` };
  }
}

function id(...parts: string[]): string {
  return parts.map((part) => part.replace(/[^A-Za-z0-9]+/g, '-')).join('-');
}

function by(run: string, actor: string | undefined): string {
  return actor === undefined ? run : `${run} by ${actor}`;
}

/** A container's user may have no entry in its passwd. */
function userName(env: Environment): string {
  try {
    return userInfo().username;
  } catch {
    return variable(env, 'USER') ?? 'unknown';
  }
}
