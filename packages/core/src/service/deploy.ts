import type { Project } from '../config/model.ts';
import { resourceName } from '../config/names.ts';
import { pickService } from '../config/pick.ts';
import type { Context } from '../context.ts';
import type { Lease } from '../transport/lease.ts';
import { checkImage } from './pin.ts';
import { type DeployResult, roll } from './roll.ts';
import { runSpec } from './run-spec.ts';

export interface DeployRequest {
  readonly project: Project;
  /** Name of the service. */
  readonly service: string;
  /** `repository@sha256:…`, `repository:tag` (resolved once, now), or the `sha256:…` of an image the node has. */
  readonly image: string;
  readonly commit?: string;
  readonly title?: string;
  readonly dryRun?: boolean;
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
  const resource = resourceName({
    organization: project.organization,
    project: project.name,
    environment: project.environment,
    service: service.name,
  });
  return roll(context, {
    project,
    service,
    image,
    resolve: (pinnedImage) => runSpec(resource, service.deploy, service.domains, pinnedImage),
    commit: request.commit,
    title:
      request.title ?? (request.commit === undefined ? `Deploy ${image}` : `Deploy ${request.commit.slice(0, 12)}`),
    dryRun: request.dryRun ?? false,
    lease: request.lease,
    lockWait: request.lockWait,
  });
}
