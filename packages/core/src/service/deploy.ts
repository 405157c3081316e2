import { isGated } from '../config/gates.ts';
import type { Project } from '../config/model.ts';
import { ownerOf, resourceName } from '../config/names.ts';
import { pickService } from '../config/pick.ts';
import type { Context } from '../context.ts';
import { DrayageError } from '../errors/drayage-error.ts';
import type { Lease } from '../transport/lease.ts';
import type { Change } from './diff.ts';
import { checkImage } from './pin.ts';
import { type DeployResult, roll } from './roll.ts';
import { runSpec } from './run-spec.ts';
import type { FreshImage, Sighting } from './sighting.ts';

export interface DeployRequest {
  readonly project: Project;
  /** Name of the service. */
  readonly service: string;
  /** `repository@sha256:…`, `repository:tag` (resolved once, now), or the `sha256:…` of an image the node has. */
  readonly image: string;
  readonly commit?: string;
  /** Where the image was pushed just now: what is known of it, and what was seen of the node meanwhile. */
  readonly fresh?: FreshImage;
  readonly sighting?: Sighting;
  /** The image, where it has passed what the service asks of one (`scan`, `sign`): without that it is not deployed. */
  readonly cleared?: string;
  readonly title?: string;
  /** More about the deployment, for its history. */
  readonly description?: string;
  readonly dryRun?: boolean;
  /** For a dry run: `image` runs already, and this is how one that has yet to be built differs from it. */
  readonly change?: Change;
  /** The lock, where the caller holds it on all nodes (and the proxy's) already. */
  readonly lease?: Lease;
  /** Milliseconds to wait for a lock that another run holds; 75 s by default. */
  readonly lockWait?: number;
}

/**
 * Deploys an image as a service of the project, on all nodes or on none. Resolves when the new version is healthy and
 * serves; the old one drains afterwards on its own. Throws DEPLOY_…, IMAGE_…, PORT_TAKEN, LOCK_HELD and others, and then
 * the old version serves on.
 */
export async function deployService(context: Context, request: DeployRequest): Promise<DeployResult> {
  const { project, image } = request;
  const service = pickService(project, request.service);
  checkImage(image);
  if (isGated(service) && request.dryRun !== true && request.cleared !== image) {
    throw new DrayageError('INTERNAL_BUG', `Image ${image} was not verified and scanned as ${service.name} asks for.`);
  }
  const resource = resourceName(ownerOf(project, service));
  return roll(context, {
    project,
    service,
    image,
    resolve: (pinnedImage) => runSpec(resource, service.deploy, service.domains, pinnedImage),
    commit: request.commit,
    fresh: request.fresh,
    sighting: request.sighting,
    title:
      request.title ?? (request.commit === undefined ? `Deploy ${image}` : `Deploy ${request.commit.slice(0, 12)}`),
    description: request.description,
    dryRun: request.dryRun ?? false,
    change: request.change,
    lease: request.lease,
    lockWait: request.lockWait,
  });
}
