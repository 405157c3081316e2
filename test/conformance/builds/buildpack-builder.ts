import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Host } from '../../lab/host.ts';

/** Programs that other people wrote, compiled here. */
export interface BuildpackPrograms {
  readonly pack: string;
  readonly lifecycle: string;
  readonly launcher: string;
}

/** The phases are one program under several names (lifecycle, Makefile). */
const phases = ['detector', 'analyzer', 'restorer', 'builder', 'exporter', 'creator', 'rebaser', 'extender'];

/** As the lifecycle's own package has it (lifecycle.toml, api/apis.go in its repository). */
const descriptor = `[lifecycle]
version = "0.20.11"
[apis.buildpack]
deprecated = []
supported = ["0.7", "0.8", "0.9", "0.10", "0.11"]
[apis.platform]
deprecated = []
supported = ["0.7", "0.8", "0.9", "0.10", "0.11", "0.12", "0.13", "0.14"]
[api]
platform = "0.7"
buildpack = "0.7"
`;

/** A buildpack for sources with a start.sh: it keeps what it saw of its variables as a digest. */
const buildpack = {
  'buildpack.toml': `api = "0.10"
[buildpack]
id = "lab/shell"
version = "0.0.1"
name = "Shell"
[[targets]]
os = "linux"
arch = "amd64"
`,
  'bin/detect': '#!/bin/sh\n[ -f start.sh ]\n',
  'bin/build': `#!/bin/sh
set -e
[ -z "$BREAK" ] || { echo "error: the variable BREAK is set" >&2; exit 7; }
[ -z "$WAIT" ] || { echo "waiting for $WAIT"; sleep 300; }
layer=$CNB_LAYERS_DIR/counted
mkdir -p "$layer"
printf '%s %s' "$TOKEN" "$GREETING" | sha256sum > made
if [ -e "$layer/count" ]; then echo "the cache came back"; else echo "there was no cache"; fi
echo once > "$layer/count"
printf '[types]\\nlaunch = true\\ncache = true\\n' > "$layer.toml"
printf '[[processes]]\\ntype = "web"\\ncommand = ["sh", "start.sh"]\\ndefault = true\\n' > "$CNB_LAYERS_DIR/launch.toml"
`,
};

/**
 * Makes a minimal builder with pack's own `builder create`, as `<prefix>/builder:1` in a server's engine, with `<prefix>/run:1` below its images, and
 * `<prefix>/lifecycle:1`, which runs the phases that a builder which is not trusted may not run.
 */
export async function createBuilder(host: Host, programs: BuildpackPrograms, prefix: string): Promise<void> {
  const folder = join(host.rootFolder, 'root', 'buildpacks');
  const put = (file: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
    chmodSync(join(folder, file), mode);
  };
  cpSync(programs.pack, join(mkdir(folder), 'pack'));
  const lifecycle = mkdir(join(folder, 'package', 'lifecycle'));
  cpSync(programs.lifecycle, join(lifecycle, 'lifecycle'));
  cpSync(programs.launcher, join(lifecycle, 'launcher'));
  for (const phase of phases) symlinkSync('lifecycle', join(lifecycle, phase));
  put('package/lifecycle.toml', descriptor);
  execFileSync('tar', [
    '-C',
    join(folder, 'package'),
    '-czf',
    join(folder, 'lifecycle.tgz'),
    'lifecycle.toml',
    'lifecycle',
  ]);
  rmSync(join(folder, 'package'), { recursive: true });
  for (const [file, text] of Object.entries(buildpack)) {
    put(`buildpack/${file}`, text, file.startsWith('bin/') ? 0o755 : 0o644);
  }
  const user =
    'ENV CNB_USER_ID=1000 CNB_GROUP_ID=1000\nRUN groupadd -g 1000 cnb && useradd -u 1000 -g 1000 -m cnb\nUSER 1000:1000\n';
  put('base/Dockerfile', `FROM debian:bookworm-slim\n${user}`);
  put(
    'builder.toml',
    `[[buildpacks]]
uri = "buildpack"
[[order]]
[[order.group]]
id = "lab/shell"
version = "0.0.1"
[build]
image = "${prefix}/build:1"
[run]
[[run.images]]
image = "${prefix}/run:1"
[lifecycle]
uri = "lifecycle.tgz"
`,
  );
  await host.exec(`cd /root/buildpacks && docker build -q -t ${prefix}/build:1 -t ${prefix}/run:1 base
cp lifecycle.tgz base/ && printf 'FROM debian:bookworm-slim\\nADD lifecycle.tgz /cnb/\\n' | docker build -q -t buildpacksio/lifecycle:0.20.11 -t ${prefix}/lifecycle:1 -f - base
PACK_HOME=/root/buildpacks/home ./pack builder create ${prefix}/builder:1 --config builder.toml --pull-policy if-not-present --no-color`);
}

function mkdir(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return folder;
}
