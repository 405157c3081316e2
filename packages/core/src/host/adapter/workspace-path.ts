import nodePath, { type PlatformPath } from 'node:path';

/**
 * A file as annotations name it: relative to the repository, with slashes also on Windows. What lies outside stays as it is.
 *
 * @param workspace Root of the repository; undefined where the CI does not tell.
 * @param path The rules of the platform.
 */
export function inWorkspace(
  file: string,
  workspace: string | undefined,
  cwd: string,
  path: PlatformPath = nodePath,
): string {
  if (workspace === undefined) return file;
  const found = path.relative(workspace, path.resolve(cwd, file));
  return found.startsWith('..') || path.isAbsolute(found) ? file : found.replaceAll(path.sep, '/');
}
