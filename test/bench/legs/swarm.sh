# On a Swarm manager: updates the service and waits until the engine calls it converged. Variables: image, tag,
# service, monitor (seconds), and the order of the update comes from the service itself.
set -eu
docker service update --quiet --with-registry-auth --update-monitor "${monitor}s" --image "$image:$tag" "$service" >/dev/null
docker service inspect --format '{{with .UpdateStatus}}{{.State}}{{end}}' "$service" | grep -qx completed
