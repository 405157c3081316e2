import { basename } from 'node:path';
import { quote } from '../../transport/shell.ts';
import type { GitAccess } from './git-access.ts';

/** How many fetched commits stay: each makes the next fetch small. */
const keptCommits = 20;

/**
 * Shell function `fetch_commit <mirror> <url> <commit>`: makes sure the mirror holds one commit. With a depth of one where the git server gives single commits,
 * else with all branches and tags. Fails when it cannot be had; the log says why.
 */
export function fetchFunction({ git }: GitAccess): string {
  const inMirror = `${git} --git-dir="$1"`;
  return `have() { ${inMirror} cat-file -e "$2^{tree}" 2>/dev/null; }
fetch_commit() {
  mkdir -p "$1"
  exec 7<>"$1.lock"
  flock -n 7 || { echo 'waiting for another fetch of this repository'; flock 7; }
  # The time of the lock tells a cleanup when the mirror was used last.
  echo >&7
  [ -f "$1/HEAD" ] || git init -q --bare --template= "$1" || return 1
  if have "$1" "$3"; then
    echo "commit $3 is here already"
  else
    ${inMirror} fetch --no-tags --force --depth 1 "$2" "$3:refs/drayage/$3" 2>"$DRAYAGE_JOB/fetch.log" || {
      grep -qE 'not our ref|unadvertised object|remote ref|shallow|not allowed' "$DRAYAGE_JOB/fetch.log" || { cat "$DRAYAGE_JOB/fetch.log"; return 1; }
      echo 'the git server gives no single commits; fetching branches and tags'
      ${inMirror} fetch --no-tags --force "$2" '+refs/heads/*:refs/drayage/heads/*' '+refs/tags/*:refs/drayage/tags/*' || return 1
    }
    have "$1" "$3" || { echo '@drayage no-commit'; return 1; }
    ${inMirror} for-each-ref --sort=-creatordate --format='%(refname)' refs/drayage | sed 1,${keptCommits}d |
      while read -r old; do ${inMirror} update-ref -d "$old"; done
    ${inMirror} -c gc.auto=6700 -c gc.autoDetach=false gc --auto --quiet
  fi
  flock -u 7
}`;
}

export interface Checkout {
  /** Folder on the server: the files below its own name, `index`, `commit` (absent while files change) and `lock`. */
  readonly folder: string;
  readonly mirror: string;
  readonly commit: string;
  /** Options of git that write the files: filters. */
  readonly options?: string;
  /** Shell text that runs when files are written. */
  readonly remarks?: string;
}

/**
 * Shell text that makes a folder equal to a commit and its submodules (git-submodules.ts), and keeps it so (by a shared lock on descriptor 9) until the script
 * ends. Only changed files are written.
 */
export function checkoutLines({ folder, mirror, commit, options = '', remarks = '' }: Checkout): string {
  const tree = `${folder}/${basename(folder)}`;
  const git = `git -c core.hooksPath=/dev/null -c core.autocrlf=false ${options}`;
  return `in_tree() { GIT_INDEX_FILE=$index ${git.trimEnd()} --git-dir="$mirror" --work-tree="$tree" "$@"; }
# Mirror, folder, index, commit. What a former commit has left in the way goes with all the rest.
make_equal() {
  mirror=$1 tree=$2 index=$3
  [ ! -L "$tree" ] && mkdir -p "$tree" || return 1
  in_tree read-tree --reset -u "$4" || { rm -rf "$tree" "$index"; mkdir -p "$tree" && in_tree read-tree --reset -u "$4"; } || return 1
  in_tree clean -ffdxq
}
check_out() {
  rm -f ${quote(`${folder}/commit`)}
  make_equal ${quote(mirror)} ${quote(tree)} ${quote(`${folder}/index`)} ${commit} || return 1
  [ ! -e submodules ] || while IFS='\t' read -r path mirror commit _; do
    make_equal "$mirror" ${quote(tree)}"/$path" ${quote(`${folder}/index-`)}"$(printf %s "$path" | sha256sum | cut -c1-16)" "$commit" </dev/null || return 1
  done <submodules
${remarks}  echo ${commit} > ${quote(`${folder}/commit`)}
}
mkdir -p ${quote(tree)}
exec 9<>${quote(`${folder}/lock`)}
checked_out() { [ "$(cat ${quote(`${folder}/commit`)} 2>/dev/null)" = ${commit} ]; }
flock -s 9
echo >&9
until checked_out; do
  flock -x -n 9 || { echo 'waiting for a build that reads these sources'; flock -x 9; }
  checked_out || check_out || exit 1
  flock -s 9
done
echo >&9`;
}

/** Shell text that says what of a commit its files will lack: the build would fail far from the cause. */
export function lackLines(
  mirror: string,
  commit: string,
  has: { readonly submodules: boolean; readonly lfs: boolean },
): string {
  const git = `git --git-dir=${quote(mirror)}`;
  const submodules = `  ! ${git} ls-tree -r ${commit} | grep -q '^160000 ' || echo 'note: the repository has submodules; without source.submodules their folders are empty'\n`;
  const lfs = `  ! ${git} grep -q -e 'filter=lfs' ${commit} -- ':(glob)**/.gitattributes' || echo 'note: the repository keeps files in LFS; without source.lfs they are pointers of three lines'\n`;
  return `${has.submodules ? '' : submodules}${has.lfs ? '' : lfs}`;
}
