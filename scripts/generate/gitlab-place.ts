/** What a component's job is to GitLab, beside the command it runs. */
export interface Place {
  /** Of GitLab's default stages, so that components included side by side run in their order. */
  readonly stage: '.pre' | 'build' | 'test' | 'deploy' | '.post';
  /** `start` makes a deployment of the environment; the others see its variables only. */
  readonly action: 'start' | 'prepare' | 'access';
  /** It changes servers: two pipelines must not do so at once. */
  readonly alone: boolean;
  /** The environment gets a URL from it. */
  readonly url?: boolean;
  /** It needs nothing of the jobs before it. */
  readonly atOnce?: boolean;
  /** A job beside it can stop the environment: a button, where rules are given for it. */
  readonly stops?: boolean;
  /** Of its usual rule. */
  readonly when?: { readonly when: 'manual'; readonly allow_failure: true };
}

const setup: Place = { stage: '.pre', action: 'prepare', alone: true };

const places: Readonly<Record<string, Place>> = {
  up: { stage: 'deploy', action: 'start', alone: true, url: true, stops: true },
  'setup-build-server': setup,
  'setup-deploy-node': setup,
  'build-remote': { stage: 'build', action: 'prepare', alone: false },
  'push-image': { stage: 'test', action: 'prepare', alone: false },
  'deploy-service': { stage: 'deploy', action: 'start', alone: true, url: true },
  'configure-domain': { stage: '.post', action: 'access', alone: true },
  // A button in every pipeline of the default branch, which does not hold the pipeline up. It has no URL: an empty one
  // would replace the environment's.
  rollback: {
    stage: 'deploy',
    action: 'start',
    alone: true,
    atOnce: true,
    when: { when: 'manual', allow_failure: true },
  },
};

/** Throws for a command that has no place yet. */
export function placeOf(command: string): Place {
  const place = places[command];
  if (place === undefined) throw new Error(`scripts/generate/gitlab-place.ts does not say what ${command} is.`);
  return place;
}
