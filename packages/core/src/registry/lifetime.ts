import type { RegistrySpec } from '../config/model.ts';

/** Why, and until when, a password opens a registry. */
export interface Lifetime {
  /** Completes "… ends": "at 2026-11-28 22:05 UTC", "with this job". */
  readonly ends: string;
}

/**
 * The end of a registry's password where it has one that we know: by its provider, or because CI systems give it to one job
 * (GitHub's GITHUB_TOKEN begins with `ghs_`; GitLab's CI_REGISTRY_PASSWORD belongs to `gitlab-ci-token`). undefined for one that lasts.
 */
export function lifetimeOf({ expires, username, password }: RegistrySpec): Lifetime | undefined {
  if (expires !== undefined) {
    const [date = '', time = ''] = new Date(expires).toISOString().split('T');
    return { ends: `at ${date} ${time.slice(0, 5)} UTC` };
  }
  const isOfJob = username === 'gitlab-ci-token' || password?.reveal().startsWith('ghs_') === true;
  return isOfJob ? { ends: 'with this job' } : undefined;
}
