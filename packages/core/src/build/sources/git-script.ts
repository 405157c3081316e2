import { basename } from 'node:path';
import { quote } from '../../transport/shell.ts';
import type { GitAccess } from './git-access.ts';

/** How many fetched commits stay: each makes the next fetch small. */
const keptCommits = 20;

/**
 * Shell text that makes sure the mirror holds one commit. With a depth of one where the git server gives single commits,
 * else with all branches and tags. Exits 1 when it cannot be had; the log says why.
 */
export function fetchLines(mirror: string, url: string, commit: string, { git }: GitAccess): string {
  const inMirror = `${git} --git-dir=${quote(mirror)}`;
  return `mkdir -p ${quote(mirror)}
exec 7<>${quote(`${mirror}.lock`)}
flock -n 7 || { echo 'waiting for another fetch of this repository'; flock 7; }
# Its time tells a cleanup when the mirror was last used.
echo >&7
[ -f ${quote(`${mirror}/HEAD`)} ] || git init -q --bare --template= ${quote(mirror)} || exit 1
have() { ${inMirror} cat-file -e ${commit}'^{tree}' 2>/dev/null; }
if have; then
  echo 'commit ${commit} is here already'
else
  ${inMirror} fetch --no-tags --force --depth 1 ${quote(url)} ${commit}:refs/drayage/${commit} 2>"$DRAYAGE_JOB/fetch.log" || {
    grep -qE 'not our ref|unadvertised object|remote ref|shallow|not allowed' "$DRAYAGE_JOB/fetch.log" || { cat "$DRAYAGE_JOB/fetch.log"; exit 1; }
    echo 'the git server gives no single commits; fetching branches and tags'
    ${inMirror} fetch --no-tags --force ${quote(url)} '+refs/heads/*:refs/drayage/heads/*' '+refs/tags/*:refs/drayage/tags/*' || exit 1
  }
  have || { echo '@drayage no-commit'; exit 1; }
  ${inMirror} for-each-ref --sort=-creatordate --format='%(refname)' refs/drayage | sed 1,${keptCommits}d |
    while read -r old; do ${inMirror} update-ref -d "$old"; done
  ${inMirror} -c gc.auto=6700 -c gc.autoDetach=false gc --auto --quiet
fi
flock -u 7`;
}

/**
 * Shell text that makes a folder equal to a commit, and keeps it so (by a shared lock on descriptor 9) until the script ends. Only changed
 * files are written. In `folder`: the files below its own name, `index`, `commit` (absent while files change) and `lock`.
 */
export function checkoutLines(folder: string, mirror: string, commit: string): string {
  const tree = `${folder}/${basename(folder)}`;
  const git = `GIT_INDEX_FILE=${quote(`${folder}/index`)} git -c core.hooksPath=/dev/null -c core.autocrlf=false --git-dir=${quote(mirror)} --work-tree=${quote(tree)}`;
  return `mkdir -p ${quote(tree)}
exec 9<>${quote(`${folder}/lock`)}
checked_out() { [ "$(cat ${quote(`${folder}/commit`)} 2>/dev/null)" = ${commit} ]; }
flock -s 9
echo >&9
until checked_out; do
  flock -x -n 9 || { echo 'waiting for a build that reads these sources'; flock -x 9; }
  checked_out || {
    rm -f ${quote(`${folder}/commit`)}
    ${git} read-tree --reset -u ${commit} && ${git} clean -ffdxq || exit 1
    echo ${commit} > ${quote(`${folder}/commit`)}
  }
  flock -s 9
done`;
}
