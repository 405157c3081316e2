import type { Project, ServiceSpec } from '../../config/model.ts';
import { ownerOf, resourceName } from '../../config/names.ts';

/**
 * File below a build server's state that says what the service's last build there was made of.
 *
 * @param platforms Of a build that is one of several for one image.
 */
export function buildRecordPath(project: Project, service: ServiceSpec, platforms: readonly string[] = []): string {
  return `builds/${resourceName(ownerOf(project, service), platforms.join('-').replaceAll('/', '-'))}`;
}
