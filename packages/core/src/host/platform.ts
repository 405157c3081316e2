import type { Environment } from './environment.ts';
import { variable } from './environment.ts';

/** What runs this process. A pipe is Bitbucket's container around the command line. */
export type Platform = 'github' | 'gitlab' | 'bitbucket' | 'terminal';

export function platformOf(env: Environment): Platform {
  if (env.GITHUB_ACTIONS === 'true') return 'github';
  if (env.GITLAB_CI === 'true') return 'gitlab';
  if (variable(env, 'BITBUCKET_BUILD_NUMBER') !== undefined) return 'bitbucket';
  return 'terminal';
}

/** The image of the pipe sets it: only there are inputs variables with plain names. */
export function isInPipe(env: Environment): boolean {
  return env.DRAYAGE_PIPE === 'bitbucket';
}
