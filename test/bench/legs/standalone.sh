# On a standalone node: starts the new version beside the old one, waits until it is healthy, points the proxy at it,
# and stops the old one after its drain time, in the background. Variables: image, tag, service, network, proxy, site,
# health (a path), port, drain (seconds), timeout (seconds).
set -eu
new=$service-$tag
old=$(docker ps --quiet --filter "label=bench.service=$service")
id=$(docker run --detach --name "$new" --network "$network" --restart unless-stopped \
  --label "bench.service=$service" --env GREETING=hello "$image:$tag")
address=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$id")
deadline=$(($(date +%s) + timeout))
until curl --silent --fail --max-time 2 --output /dev/null "http://$address:$port$health"; do
  if [ "$(date +%s)" -ge "$deadline" ] || [ "$(docker inspect --format '{{.State.Running}}' "$id")" != true ]; then
    docker logs --tail 20 "$id" >&2
    docker rm --force "$id" >/dev/null
    exit 1
  fi
  sleep 0.1
done
printf '%s {\n\treverse_proxy %s:%s\n}\n' "$site" "$new" "$port" >"/srv/$proxy/Caddyfile"
docker exec "$proxy" caddy reload --config /srv/Caddyfile 2>/dev/null
[ -z "$old" ] || nohup sh -c "sleep $drain; docker stop $old; docker rm $old" >/dev/null 2>&1 &
