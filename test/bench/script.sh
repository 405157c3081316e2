#!/bin/bash
# Builds, pushes and deploys a folder as a good engineer would from a CI job: OpenSSH with one kept connection per
# server, tar, docker buildx, docker push, and docker service update or docker run behind a proxy. Both connections are
# opened at once, and the nodes are reached while the build runs. The servers are logged in to the registry already.
#
# Environment: SSH_CONFIG (names builder and node), SOURCE, IMAGE, SERVICE, MODE (standalone or swarm), LEG (all or
# deploy), TAG, and the variables the legs name.
set -euo pipefail
legs=$(dirname "$(readlink -f "$0")")/legs
remote() { ssh -F "$SSH_CONFIG" "$@"; }

# The variables of the legs, quoted for the remote shell, then the leg itself.
with() {
  local name
  for name in image tag service network proxy site health port drain timeout monitor; do
    [ -z "${!name-}" ] || printf '%s=%q\n' "$name" "${!name}"
  done
  cat "$legs/$1.sh"
}
image=$IMAGE tag=$TAG service=$SERVICE

remote -fN -M node &
node=$!
if [ "$LEG" = all ]; then
  tar --create --gzip --exclude .git --exclude .drayage --directory "$SOURCE" . |
    remote builder "rm -rf bench-src && mkdir bench-src && cd bench-src && tar --extract --gzip && $(with build)"
fi
wait "$node"
[ "$MODE" = swarm ] || with pull | remote node sh
with "$MODE" | remote node sh
for server in builder node; do remote -O exit "$server" 2>/dev/null || true; done
