import { hash } from 'node:crypto';
import { posix } from 'node:path';
import type { Project } from '../../config/model.ts';
import { resourceName } from '../../config/names.ts';

/**
 * Where the copy of a source lives below the server's state. Services of one project that build the same source share it.
 *
 * @param parts What tells one source from another: folder and ignore file, or repository.
 */
export function sourceFolder(stateDir: string, project: Project, ...parts: readonly string[]): string {
  const suffix = hash('sha256', parts.join('\n')).slice(0, 10);
  const owner = { organization: project.organization, project: project.name, environment: '' };
  return posix.join(stateDir, 'sources', resourceName(owner, suffix));
}
