import { quote } from '../transport/shell.ts';

/** A registry to try, and how far: `login` only, or a push and a pull back. */
export interface RegistryTrial {
  readonly host: string;
  readonly username: string | undefined;
  /** Name of the job's file with the password. */
  readonly passwordFile: string | undefined;
  /** Repository with host and tag; undefined: log in only. */
  readonly image: string | undefined;
}

/**
 * POSIX sh that tries what the server is for, and prints one line `item<TAB>name<TAB>ok|failed<TAB>base64 of the output`
 * for each trial. Nothing is pulled for it: the image is made of the server's own shell. What it makes is removed.
 */
export function trialScript(options: { id: string; builds: boolean; registries: readonly RegistryTrial[] }): string {
  const { id, builds, registries } = options;
  return `exec </dev/null
export DOCKER_CONFIG=$DRAYAGE_JOB/docker
mkdir -m 700 "$DOCKER_CONFIG"
image=drayage-trial:${id}
name=drayage-trial-${id}
failed=0
try() {
  item=$1; shift
  if "$@" >"$DRAYAGE_JOB/output" 2>&1; then verdict=ok; else verdict=failed; failed=1; fi
  printf 'item\\t%s\\t%s\\t%s\\n' "$item" $verdict "$(tail -n 12 "$DRAYAGE_JOB/output" | base64 | tr -d '\\n')"
}
remove() {
  docker network rm "$name" >/dev/null 2>&1
  docker image rm -f "$image" >/dev/null 2>&1
}
trap remove EXIT
copy_shell() {
  shell=$(readlink -f /bin/sh)
  mkdir -p "$1/bin"
  cp "$shell" "$1/bin/sh"
  ldd "$shell" 2>/dev/null | grep -o '/[^ )]*' | while read -r library; do
    mkdir -p "$1$(dirname "$library")"
    cp -L "$library" "$1$library"
  done
}
trial_build() {
  context=$DRAYAGE_JOB/context
  copy_shell "$context/root"
  printf 'FROM scratch\\nCOPY root /\\nRUN ["/bin/sh", "-c", "echo ${id} >/result"]\\n' >"$context/Dockerfile"
  timeout 300 docker buildx build --progress plain --load --tag "$image" "$context" || return 1
  echo "built and loaded"
}
trial_image() {
  copy_shell "$DRAYAGE_JOB/root"
  echo ${id} >"$DRAYAGE_JOB/root/result"
  tar -C "$DRAYAGE_JOB/root" -c . | docker import - "$image" || return 1
  echo "imported"
}
trial_run() {
  # By its exit status: what a short-lived container prints can be lost on its way through \`docker run\`.
  timeout 120 docker run --rm --network none "$image" /bin/sh -c 'read -r line </result && [ "$line" = ${id} ]' ||
    { echo "the container ended with status $?"; return 1; }
  echo "a container ran"
}
trial_network() {
  docker network create "$name" || return 1
  timeout 120 docker run --rm --network "$name" "$image" /bin/sh -c : || return 1
  echo "a network was made and used"
}
trial_login() {
  timeout 60 docker login --username "$2" --password-stdin "$1" <"$DRAYAGE_JOB/$3" || return 1
  echo "logged in as $2"
}
trial_registry() {
  docker tag "$image" "$1" || return 1
  timeout 300 docker push "$1" || return 1
  pinned=$(docker image inspect -f '{{range .RepoDigests}}{{println .}}{{end}}' "$1" | grep -F "\${1%:*}@" | head -n 1)
  docker image rm "$1" "$image" >/dev/null 2>&1
  timeout 300 docker pull "$pinned" || return 1
  docker tag "$pinned" "$image"
  docker image rm "$pinned" >/dev/null
  echo "pushed and pulled back $pinned"
}
${builds ? 'try build trial_build' : 'try image trial_image'}
if docker image inspect "$image" >/dev/null 2>&1; then
  try run trial_run
  try network trial_network
${registries.map(registryTrial).join('')}fi
rm -rf "$DOCKER_CONFIG"
exit $failed
`;
}

function registryTrial({ host, username, passwordFile, image }: RegistryTrial): string {
  const item = quote(`registry ${host}`);
  const login =
    username === undefined || passwordFile === undefined
      ? undefined
      : `trial_login ${quote(host)} ${quote(username)} ${quote(passwordFile)}`;
  const transfer = image === undefined ? undefined : `trial_registry ${quote(image)}`;
  const commands = [login, transfer].filter((command) => command !== undefined);
  if (commands.length === 0) return '';
  const name = `registry_${host.replace(/[^a-z0-9]/g, '_')}`;
  return `  ${name}() { ${commands.join(' && ')}; }\n  try ${item} ${name}\n`;
}
