import type { Project, ServiceSpec } from '@drayage/core/config/model';
import { pickService } from '@drayage/core/config/pick';
import { DrayageError } from '@drayage/core/errors/drayage-error';
import type { ServiceState } from '@drayage/core/host/state/state';
import { expandTags, namesCommit, type TagFacts } from '@drayage/core/registry/tags';

export interface ImageChoice {
  readonly image: string;
  readonly commit?: string;
  /** Name of the build server that has the image, where there is no registry and `image` is its id there. */
  readonly heldBy?: string;
  /** No earlier step handed it on: it is what the registry has under the tag of this checkout. */
  readonly isByTag?: boolean;
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
    const [tag = 'latest'] = expandTags(service.tags, git, 'latest');
    if (state?.isUnfinished === true || state?.imageId !== undefined) throw notPushed(service, state, tag);
    // Which commit an image with a tag that moves is of, nobody knows.
    const isKnown = git.sha !== undefined && namesCommit(tag, git.sha);
    return { image: `${service.image}:${tag}`, commit: isKnown ? git.sha : undefined, isByTag: true };
  }
  if (state?.imageId !== undefined) return { image: state.imageId, commit, heldBy: state.server };
  throw new DrayageError('IMAGE_NOT_FOUND', `Nothing says which image of service ${name} is to be deployed.`, {
    hint: 'Run build-remote in the same run before, or give the image: --image ghcr.io/acme/web@sha256:…',
  });
}

/** What is in the registry under the service's tag is something else than what was built. */
function notPushed({ name, image }: ServiceSpec, { imageId }: ServiceState, tag: string): DrayageError {
  const what =
    imageId === undefined
      ? `The last build of service ${name} did not succeed, so there is no image of it to deploy.`
      : `Service ${name} was built as ${imageId}, and that image was not pushed.`;
  const next = imageId === undefined ? 'Run build-remote and push-image before' : 'Run push-image before';
  return new DrayageError('IMAGE_NOT_FOUND', what, {
    hint: `${next}, or name what the registry has: --image ${image}:${tag}`,
  });
}

/** Whether a service is built of this checkout. */
export function isHere({ source }: ServiceSpec): boolean {
  return source.kind === 'path';
}

/** Whether files differed from the commit when the image was built: that is what its tags have to say, however the checkout looks now. */
export function dirt(service: ServiceSpec, built: ServiceState | undefined): Pick<TagFacts, 'isDirty'> {
  return built !== undefined && isHere(service) ? { isDirty: built.isDirty } : {};
}

/** Tags of image names, without the repository: a registry's host is nobody's business in a state. */
export function tagsOf(...images: readonly string[]): string[] {
  return images.map((image) => image.slice(image.lastIndexOf(':') + 1)).filter((tag) => !tag.includes('/'));
}
