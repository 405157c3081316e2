import { quote } from '../transport/shell.ts';
import { type Architecture, releaseApi, releaseHost, releases, type Tool } from './catalogue.ts';
import { toolFolder } from './wanted.ts';

/**
 * POSIX sh, for `set -eu`, that puts a tool into the server's folder of tools. The archive counts only when its SHA-256 is the one known here, or
 * the one that the project publishes beside it; what cannot be verified is not installed. Needs curl and tar, and no root.
 *
 * @param mirror Serves the same paths as the host of the releases.
 */
export function installScript(tool: Tool, mirror?: string): string {
  const base = (mirror ?? releaseHost).replace(/\/+$/, '');
  const target = `"$DRAYAGE_STATE/tools/${toolFolder(tool)}"`;
  return `case $(uname -m) in
  x86_64 | amd64) ${locate(tool, 'amd64', base)} ;;
  aarch64 | arm64) ${locate(tool, 'arm64', base)} ;;
  *) echo "There is no ${tool.name} for the processor $(uname -m)."; exit 1 ;;
esac
mkdir -p "$DRAYAGE_STATE/tools"
incoming=$(mktemp -d "$DRAYAGE_STATE/tools/incoming.XXXXXX")
trap 'rm -rf "$incoming"' EXIT
fetch() {
  curl -fsSL --retry 3 --retry-connrefused --connect-timeout 20 -o "$2" "$1" || {
    echo "$1 cannot be downloaded. Behind a firewall, name a mirror: --tools-mirror, or DRAYAGE_TOOLS_MIRROR."
    return 1
  }
}
fetch "$url" "$incoming/archive"
${verifyLines(tool, mirror)}
found=$(sha256sum "$incoming/archive" | cut -d' ' -f1)
if [ "$found" != "$expected" ]; then
  echo "$url has the SHA-256 $found; expected was $expected ($source). Nothing was installed."
  exit 1
fi
mkdir "$incoming/content"
tar -xzf "$incoming/archive" -C "$incoming/content" --no-same-owner
[ -f "$incoming/content/${tool.name}" ] || { echo "$url holds no program ${tool.name}."; exit 1; }
chmod 755 "$incoming/content" "$incoming/content/${tool.name}"
rm -rf ${target}
mv "$incoming/content" ${target}
echo "installed ${tool.name} ${tool.version}, verified by $source"
`;
}

function locate({ name, version }: Tool, architecture: Architecture, base: string): string {
  const release = releases[name];
  const known = release.known[`${version}-${architecture}`] ?? '';
  const sums = release.checksums?.(version, architecture);
  return `url=${quote(`${base}/${release.archive(version, architecture)}`)} expected=${known || "''"} sums=${quote(sums === undefined ? '' : `${base}/${sums}`)}`;
}

/** Sets `expected` and `source`. */
function verifyLines({ name, version }: Tool, mirror: string | undefined): string {
  const [owner, repository] = releases[name].archive(version, 'amd64').split('/');
  const described = `${releaseApi}/${owner}/${repository}/releases/tags/v${version}`;
  return `source='the SHA-256 that Drayage knows'
if [ -z "$expected" ] && [ -n "$sums" ]; then
  source=$sums
  fetch "$sums" "$incoming/sums"
  expected=$(awk -v file="\${url##*/}" '$2 == file || $2 == "*" file { print $1; exit }' "$incoming/sums")
elif [ -z "$expected" ]; then
  ${mirror === undefined ? describedLines(described) : besideLines}
fi
[ -n "$expected" ] || { echo "$source has no SHA-256 of \${url##*/}. Nothing was installed."; exit 1; }`;
}

/** A project that publishes no checksums: its host computes them for every asset. The JSON is read line by line: `name` stands before `digest` in each asset. */
const describedLines = (described: string) => `source=${quote(described)}
  fetch "$source" "$incoming/release"
  expected=$(tr ',{}' '\\n\\n\\n' <"$incoming/release" | awk -F'"' -v file="\${url##*/}" '$2 == "name" { name = $4 } $2 == "digest" && name == file { sub("sha256:", "", $4); print $4; exit }')`;

/** A mirror has no such interface: whoever fills it puts the checksum beside the archive. */
const besideLines = `source=$url.sha256
  fetch "$source" "$incoming/sums"
  expected=$(awk '{ print $1; exit }' "$incoming/sums")`;
