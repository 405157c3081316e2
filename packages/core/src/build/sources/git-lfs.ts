import type { GitAccess } from './git-access.ts';

/** Seconds in which not one byte may come before an LFS server counts as hanging. */
export const lfsPatience = 30;

/** Days for which large files stay that no build has used. */
const keptDays = 30;

/** Options of git that write the content of large files; the mirror has it by then. */
export const lfsFilter = ['process=git-lfs filter-process', 'smudge=git-lfs smudge -- %f', 'required=true']
  .map((setting) => `-c 'filter.lfs.${setting}'`)
  .join(' ');

/**
 * Shell functions around `fetch_large <mirror> <url> <commit>`: the files of a commit that git-lfs keeps, into the mirror's own folder, where those that are there
 * stay. git-lfs has limits for single requests, and tries again; here the whole is ended when nothing arrives, whatever it waits for.
 */
export function lfsFunctions({ git }: GitAccess): string {
  const limits = ['dialtimeout=20', 'tlstimeout=20', `activitytimeout=${lfsPatience}`, 'transfer.maxretries=3'];
  const options = [...limits, 'locksverify=false'].map((limit) => `-c lfs.${limit}`).join(' ');
  return `git lfs version >/dev/null 2>&1 || { echo '@drayage missing git-lfs'; exit 1; }
run_lfs() {
  # Where a repository says that its large files are elsewhere.
  elsewhere=$(git --git-dir="$1" config --blob "$3:.lfsconfig" lfs.url 2>/dev/null)
  sh -c 'echo $$ >lfs-pid; exec "$@"' sh ${git} ${options} -c remote.origin.url="$2" \${elsewhere:+-c "lfs.url=$elsewhere"} --git-dir="$1" lfs fetch origin "$3" </dev/null 2>&1
  echo $? >lfs-status
}
fetch_large() {
  exec 7<>"$1.lock"
  flock -n 7 || { echo 'waiting for another fetch of this repository'; flock 7; }
  rm -f lfs-status
  run_lfs "$1" "$2" "$3" 7>&- &
  ticks=0 quiet=0 seen=
  until [ -s lfs-status ]; do
    sleep 0.1
    ticks=$((ticks + 1))
    [ $((ticks % 10)) = 0 ] || continue
    arrived=$(du -sk "$1/lfs" 2>/dev/null)
    if [ "$arrived" = "$seen" ]; then quiet=$((quiet + 1)); else quiet=0 seen=$arrived; fi
    [ "$quiet" -ge ${lfsPatience} ] || continue
    kill "$(cat lfs-pid)"
    sleep 1
    [ -s lfs-status ] || kill -9 "$(cat lfs-pid)" 2>/dev/null
    echo "@drayage lfs-stalled $2"
    return 1
  done
  [ "$(cat lfs-status)" = 0 ] || { echo "@drayage lfs-failed $2"; return 1; }
  used=$(${git} --git-dir="$1" lfs ls-files --long "$3" | sed 's#^\\(..\\)\\(..\\)\\([0-9a-f]*\\) .*#\\1/\\2/\\1\\2\\3#')
  if [ -n "$used" ]; then
    (cd "$1/lfs/objects" && echo "$used" | xargs touch -c && find . -type f -mtime +${keptDays} -delete)
  fi
  flock -u 7
}`;
}
