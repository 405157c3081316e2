import type { BuildType } from './type.ts';

/** A Dockerfile of the source, for BuildKit's own frontend or the one its first line names. */
export const dockerfileType: BuildType = {
  hasDockerfile: true,
  plan: ({ build, context, contexts = {}, dockerfile }) => ({
    kind: 'frontend',
    file: dockerfile,
    context,
    contexts,
    target: build.target,
    args: build.args,
    secrets: build.secrets,
  }),
};
