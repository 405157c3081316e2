import type { GitAccess } from './git-access.ts';

/** Submodules may have submodules; nobody nests them deeper. */
const mostLevels = 10;

/**
 * Shell functions around `fetch_submodules <mirror> <url> <commit> <prefix> <level>`: brings every submodule of a commit at exactly the commit that is recorded
 * there, each into the mirror of its own repository, and theirs in turn. Leaves lines `path<TAB>mirror<TAB>commit<TAB>url` in the job's file
 * `submodules`, outer ones first. URLs and paths come from the repository: only transports that reach no files of this server are taken (gitmodules(5)), unless
 * the repository itself is such a file.
 *
 * @param isLocal Whether the repository is a file of the server.
 */
export function submoduleFunctions({ git }: GitAccess, isLocal: boolean): string {
  const inMirror = `${git} --git-dir="$mirror"`;
  return `# A relative URL, seen from its repository's.
absolute() {
  case $2 in ./* | ../*) ;; *) printf '%s\\n' "$2"; return ;; esac
  base=\${1%/} rest=$2 between=/
  while :; do
    case $rest in
      ./*) rest=\${rest#./} ;;
      ../*)
        rest=\${rest#../}
        case $base in
          */*) base=\${base%/*} ;;
          *) base=\${base%:*} between=: ;;
        esac ;;
      *) break ;;
    esac
  done
  printf '%s\\n' "$base$between$rest"
}
allowed() {
  case $1 in
    https://*/* | http://*/* | ssh://*/* | git://*/*) ;;
    -* | *::*) return 1 ;;
    file://* | /*) ${isLocal ? ':' : 'return 1'} ;;
    *@*:*) ;;
    *) return 1 ;;
  esac
}
fetch_submodules() (
  mirror=$1 url=$2 prefix=$4 level=$5
  ${inMirror} -c core.quotePath=false ls-tree -r "$3" >"tree-$level" || exit 1
  sed -n 's/^160000 commit //p' "tree-$level" >"links-$level"
  [ -s "links-$level" ] || exit 0
  [ "$level" -lt ${mostLevels} ] || { echo "@drayage submodules-too-deep $prefix"; exit 1; }
  ${inMirror} config -z --blob "$3:.gitmodules" --get-regexp '^submodule\\..*\\.(path|url)$' 2>/dev/null | tr '\\n\\0' '\\t\\n' >"known-$level"
  while IFS='\t' read -r commit path; do
    given=$(path=$path awk -F '\\t' '{ value[$1] = $2 }
      $1 ~ /\\.path$/ && $2 == ENVIRON["path"] { name = substr($1, 1, length($1) - 5) }
      END { print value[name ".url"] }' "known-$level")
    [ -n "$given" ] || { echo "@drayage submodule-without-url $prefix$path"; exit 1; }
    theirs=$(absolute "$url" "$given")
    allowed "$theirs" || { echo "@drayage submodule-refused $theirs $prefix$path"; exit 1; }
    echo "submodule $prefix$path: $theirs"
    its_mirror=$DRAYAGE_STATE/git/$(printf %s "$theirs" | sha256sum | cut -c1-16)
    fetch_commit "$its_mirror" "$theirs" "$commit" </dev/null || { echo "@drayage submodule $theirs $commit $prefix$path"; exit 1; }
    printf '%s\\t%s\\t%s\\t%s\\n' "$prefix$path" "$its_mirror" "$commit" "$theirs" >>submodules
    fetch_submodules "$its_mirror" "$theirs" "$commit" "$prefix$path/" $((level + 1)) </dev/null || exit 1
  done <"links-$level"
)`;
}
