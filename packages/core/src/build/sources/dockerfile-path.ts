import { posix } from 'node:path';
import type { BuildSpec, SourceSpec } from '../../config/model.ts';

/** Path of the Dockerfile as its author knows it: in this checkout, in the repository or archive that is built, in drayage.yml or a compose file. */
export function dockerfileOf(source: SourceSpec, build: BuildSpec): string {
  if (source.kind === 'dockerfile') return 'source.dockerfile';
  if (build.dockerfileText !== undefined) return 'build.dockerfile_inline';
  if (source.kind === 'archive') return posix.join(source.archive, build.dockerfile);
  const root = source.kind === 'git' || source.kind === 'path' ? source.path.replace(/^\//, '') : '';
  return posix.join(root, build.dockerfile);
}
