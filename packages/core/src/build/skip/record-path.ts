import type { Project, ServiceSpec } from '../../config/model.ts';
import { ownerOf, resourceName } from '../../config/names.ts';

/** File below a build server's state that says what the service's last build there was made of. */
export function buildRecordPath(project: Project, service: ServiceSpec): string {
  return `builds/${resourceName(ownerOf(project, service))}`;
}
