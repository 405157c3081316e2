import { type Environment, variable } from './environment.ts';
import { platformOf } from './platform.ts';

/** Why a key or secret may not have reached this job, and what to do; undefined where the CI tells nothing about it. */
export function whyMissing(env: Environment): string | undefined {
  return platformOf(env) === 'gitlab' ? whyGitlab(env) : undefined;
}

function whyGitlab(env: Environment): string {
  const source = variable(env, 'CI_MERGE_REQUEST_SOURCE_PROJECT_PATH');
  const target = variable(env, 'CI_MERGE_REQUEST_PROJECT_PATH');
  if (source !== undefined && target !== undefined && source !== target) {
    return `This merge request comes from the fork ${source}, which sees no CI/CD variables of ${target}: run the pipeline in ${target}, after reading what it would run.`;
  }
  const ref = variable(env, 'CI_COMMIT_REF_NAME') ?? 'this one';
  if (env.CI_COMMIT_REF_PROTECTED !== 'true') {
    return `GitLab gives protected variables only to protected branches and tags, and ${ref} is neither: protect it, or clear "Protect variable" of the variable under Settings > CI/CD > Variables.`;
  }
  const environment = variable(env, 'CI_ENVIRONMENT_NAME');
  const scope = environment === undefined ? '' : `, with an environment scope that holds ${environment}`;
  return `Add the variable under Settings > CI/CD > Variables${scope}.`;
}
