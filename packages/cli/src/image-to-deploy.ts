import type { Project } from '@drayage/core/config/model';
import { pickService } from '@drayage/core/config/pick';
import { DrayageError } from '@drayage/core/errors/drayage-error';
import type { ServiceState } from '@drayage/core/host/state/state';
import { expandTags, type TagFacts } from '@drayage/core/registry/tags';

export interface ImageChoice {
  readonly image: string;
  readonly commit?: string;
  /** Name of the build server that has the image, where there is no registry and `image` is its id there. */
  readonly heldBy?: string;
}

/**
 * Which image a deployment is of: the one named, the prebuilt one of drayage.yml, what earlier steps handed over, or the
 * tag that this commit's push would have. Nothing of the state is trusted: the registry or the node is asked by digest.
 */
export function imageToDeploy(
  project: Project,
  name: string,
  given: string | undefined,
  state: ServiceState | undefined,
  git: TagFacts,
): ImageChoice {
  const service = pickService(project, name);
  if (given !== undefined) return { image: given };
  if (service.source.kind === 'image') return { image: service.source.image };
  const commit = state?.sourceCommit;
  if (service.image !== undefined) {
    if (state?.digest !== undefined) return { image: `${service.image}@${state.digest}`, commit };
    const [tag] = expandTags(service.tags, git, 'latest');
    return { image: `${service.image}:${tag}`, commit: git.sha };
  }
  if (state?.imageId !== undefined) return { image: state.imageId, commit, heldBy: state.server };
  throw new DrayageError('IMAGE_NOT_FOUND', `Nothing says which image of service ${name} is to be deployed.`, {
    hint: 'Run build-remote in the same run before, or give the image: --image ghcr.io/acme/web@sha256:…',
  });
}

/** Tags of image names, without the repository: a registry's host is nobody's business in a state. */
export function tagsOf(...images: readonly string[]): string[] {
  return images.map((image) => image.slice(image.lastIndexOf(':') + 1)).filter((tag) => !tag.includes('/'));
}
