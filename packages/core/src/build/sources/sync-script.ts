import { basename } from 'node:path';
import { quote } from '../../transport/shell.ts';
import { groupLines, pathColumn, type Tree } from './tree.ts';

/**
 * Shell text for the copy of a build context on a server. In its folder: the files, below the folder's own name (BuildKit knows a
 * context again by its name); `manifest` (one line an entry, sorted), `groups`,
 * `root` (digest of the manifest; absent while the tree is being changed) and `lock`: exclusive for whoever changes the tree, shared by builds
 * that read it.
 */

/** Exit status of a build or a sync whose tree is not the expected one: another run has changed it in between. */
export const superseded = 75;

/** Exit status of a sync whose files did not arrive as they were announced. */
export const damaged = 65;

/**
 * Waits for a lock on descriptor 9, and says so when it must. `mode` is flock's option: -x or -s. The file's time tells a
 * cleanup when the sources were last used.
 */
export function lockLines(folder: string, mode: '-x' | '-s', waiting: string): string {
  return `exec 9<>${quote(`${folder}/lock`)}
flock ${mode} -n 9 || { echo ${quote(waiting)}; flock ${mode} 9; }
echo >&9`;
}

/**
 * Prints `same` when the server has exactly this tree, `none` when it has nothing to build on, or else its root, then the groups (two
 * digits) of ours that it has not, and the keys (twelve digits) it has in groups that differ.
 */
export function compareScript(folder: string, tree: Tree): string {
  return `cd ${quote(folder)} 2>/dev/null && [ -s root ] || { echo none; exit 0; }
root=$(cat root)
[ "$root" != ${tree.root} ] || { echo same; exit 0; }
echo "$root"
awk 'part == 1 { ours[$1] = $2; next }
  part == 2 { if (ours[$1] == $2) same[$1] = 1; next }
  !(substr($1, 1, 2) in same) { print $1 }
  END { for (group in ours) if (!(group in same)) print group }' part=1 - part=2 groups part=3 manifest <<'END'
${groupLines(tree)}END`;
}

/** Name of the file in a job's folder that holds a small archive, in base64. */
export const deltaFile = 'delta';

/** The same as applyScript for an archive that travels with the job as this file; the job goes on after it. */
export function applyLines(folder: string, base: string, tree: Tree, file: string = deltaFile): string {
  // `set -e` would not count in front of `||`.
  return `base64 -d ${file} | (
${applyScript(folder, base, tree)}
)
applied=$?
[ "$applied" = 0 ] || exit "$applied"`;
}

/** Names of the control files in front of an archive; the sources are below `tree/`. */
export const control = { add: 'add', remove: 'remove', groups: 'groups' } as const;

/**
 * Reads an archive from standard input and makes the tree what it should be. Unpacked and verified beside the tree; then, in a moment, entries
 * go and come by hard links. A power cut in that moment leaves no `root`, and the next run sends everything.
 *
 * @param base Root of the tree that the archive is the difference to; `none`: the archive holds everything.
 */
export function applyScript(folder: string, base: string, tree: Tree): string {
  const files = quote(basename(folder));
  return `set -e
umask 077
[ -d ${quote(folder)} ] || mkdir -p ${quote(folder)}
cd ${quote(folder)}
exec 9<>lock
flock -x -n 9 || { echo 'waiting for a build that reads these sources' >&2; flock -x 9; }
have=none
[ ! -s root ] || read -r have < root
if [ "$have" = ${tree.root} ]; then cat > /dev/null; exit 0; fi
${base === 'none' ? '' : `[ "$have" = ${quote(base)} ] || { cat > /dev/null; exit ${superseded}; }`}
[ ! -e incoming ] || rm -rf incoming
mkdir incoming
trap 'rm -rf incoming' EXIT
tar -xzpmof - -C incoming
awk '${splitEntries}' ${base === 'none' ? '' : `part=1 incoming/${control.remove} part=2 manifest `}part=3 incoming/${control.add}
LC_ALL=C sort incoming/entries > incoming/manifest
echo '${tree.root}  ../manifest' >> incoming/sums
(cd incoming/tree && sha256sum -c ../sums) > incoming/checked 2>&1 || { grep -v ': OK$' incoming/checked >&2; exit ${damaged}; }
${base === 'none' ? replaceTree(files) : changeTree(files)}
mv -f incoming/manifest incoming/${control.groups} .
echo ${tree.root} > root`;
}

/**
 * Entries of the new manifest, digests of what arrived, and what has to go. A path may hold blanks: it is everything from
 * its column on. The file \`root\` goes first.
 */
const splitEntries = `BEGIN { printf "" > "incoming/entries"; print "../root" > "incoming/gone-files" }
  part == 1 { gone[$1] = 1; next }
  part == 3 { if ($2 ~ /^10/) print $3 "  " substr($0, ${pathColumn}) > "incoming/sums" }
  part == 3 || !($1 in gone) { print > "incoming/entries"; next }
  $2 ~ /^04/ { print substr($0, ${pathColumn}) > "incoming/gone-folders"; next }
  { print substr($0, ${pathColumn}) > "incoming/gone-files" }`;

const replaceTree = (files: string) => `rm -rf root ${files}
mv incoming/tree ${files}`;

const changeTree = (files: string) => `cd ${files}
tr '\\n' '\\0' < ../incoming/gone-files | xargs -0 rm -f -- || [ ! -e ../root ]
if [ -s ../incoming/gone-folders ]; then
  LC_ALL=C sort -r ../incoming/gone-folders | tr '\\n' '\\0' | xargs -0 rmdir -- 2>/dev/null || true
fi
cp -al ../incoming/tree/. .
cd ..`;
