#!/bin/bash
# Builds, pushes and deploys a folder as a good engineer would from a CI job: OpenSSH with one kept connection per
# server, tar, docker buildx, docker push, and docker service update, or docker run behind a proxy. Both connections are
# opened at once; the node is logged in while the image is built. Ends when the site answers with the new version.
#
# Environment: SSH_CONFIG (names builder and node), SOURCE, IMAGE, TAG, MODE (standalone or swarm), LEG (all or deploy),
# REGISTRY, REGISTRY_USER, REGISTRY_PASSWORD, SITE_ADDRESS (host:port of the proxy), and the variables the legs name.
set -euo pipefail
legs=$(dirname "$(readlink -f "$0")")/legs
image=$IMAGE tag=$TAG
on() { ssh -F "$SSH_CONFIG" "$@"; }
login() { on "$1" docker login --username "$REGISTRY_USER" --password-stdin "$REGISTRY" <<<"$REGISTRY_PASSWORD" >/dev/null 2>&1; }

# A leg, after its variables, quoted for the remote shell.
leg() {
  local name
  for name in image tag service network proxy site health port drain timeout monitor; do
    [ -z "${!name-}" ] || printf '%s=%q\n' "$name" "${!name}"
  done
  cat "$legs/$1.sh"
}

(on -fN -M node && login node) &
node=$!
if [ "$LEG" = all ]; then
  on -fN -M builder
  login builder
  tar --create --gzip --exclude .git --exclude .drayage --directory "$SOURCE" . |
    on builder 'rm -rf bench-src && mkdir bench-src && tar --extract --gzip --directory bench-src'
  (echo 'cd bench-src' && leg build) | on builder sh
fi
wait "$node"
[ "$MODE" = swarm ] || leg pull | on node sh
leg "$MODE" | on node sh

if [ -n "${site-}" ]; then
  deadline=$((SECONDS + timeout))
  until curl --silent --fail --max-time 2 --header "Host: ${site#http://}" "http://$SITE_ADDRESS/" | grep --quiet "$tag"; do
    [ "$SECONDS" -lt "$deadline" ] || exit 1
    sleep 0.1
  done
fi
[ "$LEG" = deploy ] || on -O exit builder 2>/dev/null
on -O exit node 2>/dev/null
