import { posix } from 'node:path';
import type { BuildSpec, SourceSpec } from '../../config/model.ts';

/** Path of the Dockerfile as its author knows it: in this checkout, or in the repository that is built. */
export function dockerfileOf(source: SourceSpec, build: BuildSpec): string {
  const root = source.kind === 'git' || source.kind === 'path' ? source.path.replace(/^\//, '') : '';
  return posix.join(root, build.dockerfile);
}
