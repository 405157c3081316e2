import { readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import { didYouMean, nearest } from '../../config/nearest.ts';
import { DrayageError } from '../../errors/drayage-error.ts';

/** Named in a hint at most. */
const most = 6;

/** A file name that a Dockerfile may have: `Dockerfile.prod`, `web.Dockerfile`, `Containerfile`. */
export function looksLikeDockerfile(path: string): boolean {
  return /(?:docker|container)file(?!.*ignore$)/i.test(posix.basename(path));
}

export interface MissingDockerfile {
  /** As build.dockerfile has it, relative to the source. */
  readonly wanted: string;
  /** Where it was looked for, for people. */
  readonly where: string;
  /** build.context. */
  readonly context: string;
  /** Files of the source that look like Dockerfiles, relative to its root. */
  readonly candidates: readonly string[];
  /** Something else to say about where paths begin. */
  readonly remark?: string;
}

export function noDockerfile({ wanted, where, context, candidates, remark }: MissingDockerfile): DrayageError {
  const inContext = posix.join(context, wanted);
  const hint =
    inContext !== wanted && candidates.includes(inContext)
      ? `build.dockerfile is relative to the source, not to the context: write \`dockerfile: ${inContext}\`.`
      : namesOf(wanted, candidates);
  return new DrayageError('SOURCE_INVALID', `There is no ${wanted} in ${where}.`, {
    hint: [remark, hint].filter(Boolean).join(' '),
  });
}

function namesOf(wanted: string, candidates: readonly string[]): string {
  const byName = new Map(candidates.map((path) => [posix.basename(path), path]));
  const like = nearest(posix.basename(wanted), byName.keys());
  const best =
    candidates.find((path) => posix.basename(path) === posix.basename(wanted)) ??
    nearest(wanted, candidates) ??
    (like === undefined ? undefined : byName.get(like)) ??
    candidates[0];
  if (best === undefined) return 'Name it under build.dockerfile, relative to the source.';
  const others = candidates.filter((path) => path !== best).slice(0, most - 1);
  const more = others.length === 0 ? '' : ` There is also ${others.join(', ')}.`;
  return `Did you mean \`dockerfile: ${best}\`?${more}`;
}

/** Folders of a source that nobody keeps a Dockerfile in. */
const passedOver = new Set(['node_modules', '.git', '.drayage', 'vendor', 'target', 'dist']);
const mostFolders = 500;

/** Files below a folder that look like Dockerfiles, the nearest to its root first. */
export function findDockerfiles(root: string): string[] {
  const found: string[] = [];
  const folders = [''];
  for (let index = 0; index < Math.min(folders.length, mostFolders); index += 1) {
    const folder = folders[index] ?? '';
    for (const entry of listed(join(root, folder))) {
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory() && !passedOver.has(entry.name)) folders.push(path);
      else if (entry.isFile() && looksLikeDockerfile(path)) found.push(path);
    }
  }
  return found;
}

/** A named context whose folder is not there. */
export function noContextFolder(name: string, folder: string, where: string, folders: readonly string[]): DrayageError {
  return new DrayageError(
    'SOURCE_INVALID',
    `build.contexts.${name} is ${folder}, and there is no such folder in ${where}.`,
    {
      hint: didYouMean(folder, folders.slice(0, 20)) ?? 'It is relative to the root of the source.',
    },
  );
}

/** Names of the folders in a folder. */
export function foldersIn(root: string): string[] {
  return listed(root).flatMap((entry) => (entry.isDirectory() && !passedOver.has(entry.name) ? [entry.name] : []));
}

function listed(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // It is only about a hint.
    return [];
  }
}

/** Names of a Dockerfile's stages (FROM … AS name). */
export function stagesOf(dockerfile: string): string[] {
  return [...dockerfile.matchAll(/^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*\S+[ \t]+AS[ \t]+(\S+)/gim)].flatMap(
    ([, name]) => name ?? [],
  );
}

export interface MissingTarget {
  readonly service: string;
  readonly server: string;
  /** The Dockerfile as its author knows it. */
  readonly dockerfile: string;
  readonly stages: readonly string[];
}

/** The error behind a log in which BuildKit says that it found no such stage; undefined: it says something else. */
export function missingTarget(
  log: string,
  { service, server, dockerfile, stages }: MissingTarget,
): DrayageError | undefined {
  const [, target] = /target stage "([^"]*)" could not be found/.exec(log) ?? [];
  if (target === undefined) return undefined;
  const best = nearest(target, stages);
  const hint =
    stages.length === 0
      ? 'Name a stage there (FROM … AS <name>), or remove build.target.'
      : `${best === undefined ? '' : `Did you mean "${best}"? `}Its stages are: ${stages.join(', ')}.`;
  return new DrayageError(
    'BUILD_FAILED',
    `The build of ${service} on ${server} failed: ${dockerfile} has no stage "${target}".`,
    {
      hint,
    },
  );
}
