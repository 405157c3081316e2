import type { Project, ServiceSpec } from '../config/model.ts';
import { type Owner, ownerOf, resourceName } from '../config/names.ts';
import { pickServices } from '../config/pick.ts';

/** A service whose leftovers may go. */
export interface ServiceScope {
  readonly service: string;
  readonly owner: Owner;
  readonly resource: string;
  /** How many images, and deployments of each outcome, stay. */
  readonly keep: number;
  /** Repositories its builds are known by, besides those its records name. */
  readonly repositories: readonly string[];
  /** Servers that run it. */
  readonly nodes: readonly string[];
}

/** The services asked for, or all; INPUT_INVALID for a name there is not. `keep` is used instead of each one's `deploy.keep`. */
export function scopesOf(
  project: Project,
  { services, keep }: { readonly services?: readonly string[]; readonly keep?: number },
): ServiceScope[] {
  return pickServices(project, services).map((service) => {
    const owner = ownerOf(project, service);
    return {
      service: service.name,
      owner,
      resource: resourceName(owner),
      keep: keep ?? service.deploy.keep,
      repositories: repositoriesOf(service, resourceName(owner)),
      nodes: service.deploy.servers,
    };
  });
}

/** Without a registry an image is named after its resource (build/plan.ts). */
function repositoriesOf({ image }: ServiceSpec, resource: string): string[] {
  return [resource, ...(image === undefined ? [] : [image])];
}
