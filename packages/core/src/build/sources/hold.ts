import { quote, quoteArgv } from '../../transport/shell.ts';
import { lockLines, superseded } from './sync-script.ts';

/** A copy of a context that a build reads. */
export interface Copy {
  readonly folder: string;
  /** What it must be. */
  readonly root: string;
}

/**
 * Keeps copies as they are until the job ends, by shared locks: of the first on descriptor 9. POSIX sh knows nine descriptors, so that a process beside the
 * job holds the others; it ends when descriptor 6 is closed, which is when the job has ended, however it did. Exits `superseded` when one is not what it must be.
 */
export function holdLines(copies: readonly Copy[]): string {
  const [first, ...others] = [...new Map(copies.map((copy) => [copy.folder, copy])).values()];
  if (first === undefined) return '';
  return [
    lockLines(first.folder, '-s', 'waiting for sources that another run is sending'),
    ...(others.length === 0 ? [] : [otherLocks(others)]),
    ...[first, ...others].map(
      ({ folder, root }) => `[ "$(cat ${quote(`${folder}/root`)} 2>/dev/null)" = ${root} ] || exit ${superseded}`,
    ),
  ].join('\n');
}

function otherLocks(copies: readonly Copy[]): string {
  const locks = quoteArgv(copies.flatMap(({ folder }) => ['flock', '-s', `${folder}/lock`]));
  return `mkfifo held keep || exit 1
${locks} sh -c 'echo held; exec cat' <keep >held 8>&- 9>&- &
exec 6>keep
read -r held <held || exit 1`;
}
