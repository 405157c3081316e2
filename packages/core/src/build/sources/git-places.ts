import { posix } from 'node:path';
import { DrayageError } from '../../errors/drayage-error.ts';
import { quote } from '../../transport/shell.ts';
import { noContextFolder, noDockerfile } from './missing.ts';

/** A folder of a checkout that something in drayage.yml names. */
export interface NamedFolder {
  /** `source.path`, `build.context`, or `build.contexts.<name>`. */
  readonly key: string;
  readonly path: string;
}

/**
 * Shell text that makes sure a checkout has what drayage.yml names in it, and else tells what it has instead. Exits 1.
 *
 * @param root The source's root in the checkout.
 * @param dockerfile Relative to it; undefined: the build has none.
 */
export function placeLines(
  checkout: string,
  root: string,
  folders: readonly NamedFolder[],
  dockerfile?: string,
): string {
  const inside = folders.map(
    ({ key, path }) =>
      `[ -d ${quote(path)} ] || { echo ${quote(`@drayage no-folder ${key}`)}; find ${quote(key === 'source.path' ? checkout : root)} -mindepth 1 -maxdepth 1 -type d ! -name .git 2>/dev/null | sed 's#.*/#@drayage has-folder #'; exit 1; }`,
  );
  const search = `find . -maxdepth 5 -name node_modules -prune -o -type f \\( -iname '*dockerfile*' -o -iname '*containerfile*' \\) ! -iname '*ignore' -print`;
  const file =
    dockerfile === undefined
      ? []
      : [
          `[ -f ${quote(posix.join(root, dockerfile))} ] || { echo '@drayage no-dockerfile'; cd ${quote(root)} && ${search} | head -n 50 | sed 's#^\\./#@drayage has-dockerfile #'; exit 1; }`,
        ];
  return [...inside, ...file].join('\n');
}

/** Shell text that tells the names of a Dockerfile's stages, for the case that build.target is none of them. */
export function stageLines(dockerfile: string): string {
  const blank = '[[:space:]]';
  return `sed -n 's/^${blank}*[Ff][Rr][Oo][Mm]${blank}.*${blank}[Aa][Ss]${blank}\\{1,\\}\\([^[:space:]]*\\).*$/@drayage has-stage \\1/p' ${quote(dockerfile)}`;
}

/** Values of the marked lines of one kind in a log. */
export function told(log: string, word: string): string[] {
  return [...log.matchAll(new RegExp(`^@drayage ${word} (.+)$`, 'gm'))].flatMap(([, value]) => value ?? []);
}

export interface Places {
  /** The repository, for people. */
  readonly where: string;
  readonly dockerfile: string;
  readonly context: string;
  readonly sourcePath: string;
  readonly contexts: Readonly<Record<string, string>>;
}

/** The error behind a log that `placeLines` ended. */
export function missingPlace(
  log: string,
  { where, dockerfile, context, sourcePath, contexts }: Places,
): DrayageError | undefined {
  const candidates = told(log, 'has-dockerfile').sort((one, other) => one.split('/').length - other.split('/').length);
  if (/^@drayage no-dockerfile$/m.test(log)) return noDockerfile({ wanted: dockerfile, where, context, candidates });
  const [key] = told(log, 'no-folder');
  if (key === undefined) return undefined;
  const folders = told(log, 'has-folder').sort();
  const name = key.startsWith('build.contexts.') ? key.slice('build.contexts.'.length) : undefined;
  if (name !== undefined) return noContextFolder(name, contexts[name] ?? '', where, folders);
  const path = key === 'source.path' ? sourcePath : context;
  const hint = folders.length === 0 ? 'It has no folders.' : `There is: ${folders.slice(0, 20).join(', ')}.`;
  return new DrayageError('SOURCE_INVALID', `${key} is ${path}, and there is no such folder in ${where}.`, { hint });
}
