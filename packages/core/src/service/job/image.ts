/**
 * Brings the image to the node and checks that it can run there. Credentials come from `registry-auth` in the job's
 * folder; where there are none, the node's own login counts, which only its command line knows. Sets `image_user`: who
 * the containers run as unless the service says so.
 */
export const imageSteps = `
# An engine's message → our code and sentence.
pull_failed() {
  clock
  [ "$now" -lt "$end" ] || fail DEPLOY_TIMEOUT "Image $image was not pulled within $(( timeout / 1000 )) s."
  reason=$(tail -n 1 pull.log)
  case $reason in
    *'manifest unknown'* | *'not found'* | *'name unknown'* | *'repository does not exist'*)
      fail IMAGE_NOT_FOUND "Image $image does not exist in its registry. The engine said: $reason" ;;
    *'no matching manifest'*)
      fail IMAGE_PLATFORM "Image $image has no variant for $platform. The engine said: $reason" ;;
    *toomanyrequests* | *'rate limit'*)
      fail REGISTRY_RATE_LIMITED "The registry limits pulls of $image. The engine said: $reason" ;;
    *'no basic auth'* | *unauthorized* | *'authentication required'* | *'access denied'* | *'access to the resource is denied'*)
      fail REGISTRY_AUTH "The registry refused this node image $image. The engine said: $reason" ;;
    *denied*)
      fail REGISTRY_DENIED "The registry denies this node image $image. The engine said: $reason" ;;
    *'connection refused'* | *'no such host'* | *'i/o timeout'* | *'no route to host'* | *'network is unreachable'* | *'TLS handshake timeout'* | *'deadline exceeded'* | *'connection reset'* | *'x509: '* | *'HTTP response to HTTPS client'* | *': EOF'*)
      fail REGISTRY_UNREACHABLE "This node cannot reach the registry of image $image. The engine said: $reason" ;;
    *'no space left'*)
      fail DISK_FULL "The disk is full; image $image could not be pulled. The engine said: $reason" ;;
    *)
      fail PULL_FAILED "Image $image could not be pulled. The engine said: $reason" ;;
  esac
}
look_at_image() { docker image inspect --format '{{.Os}}/{{.Architecture}} {{.Config.User}}' "$image" 2>/dev/null; }
# Counts the layers of a pull as it goes on, and says every other second how far it is.
on_progress() {
  case $1 in
    *'"status":"Pulling fs layer"'*) layers=$(( layers + 1 )) ;;
    *'"status":"Pull complete"'*) layers_done=$(( layers_done + 1 )) ;;
    *'"status":"Downloading"'* | *'"status":"Extracting"'*)
      clock
      [ "$now" -ge "$next_word" ] || return 0
      next_word=$(( now + 2000 ))
      event progress ",\\"detail\\":\\"pulling: $layers_done of $layers layers are here\\"" ;;
  esac
}
# The answer is a stream of JSON lines, one of which may be an error.
pull_by_engine() {
  layers=0
  layers_done=0
  clock
  next_word=$(( now + 2000 ))
  errors_only=1
  api POST "/images/create?fromImage=\${image%@*}&tag=\${image#*@}"
  errors_only=
  if [ "$api_status" != 200 ]; then
    engine_said >pull.log
    return 1
  fi
  sed -n 's/.*"error":"\\(.*\\)"}.*/\\1/p' api.body >pull.log
  [ ! -s pull.log ]
}
pull_by_client() {
  clock
  timeout "$(( (end - now) / 1000 + 1 ))" docker pull --quiet "$image" >pull.log 2>&1
}
pull_once() { if [ -e registry-auth ]; then pull_by_engine; else pull_by_client; fi; }
# A registry that is restarted is waited for, half a minute in all; what it refuses is not asked for again.
pull() {
  for pause in 1000 2000 4000 8000 8000 0; do
    pull_once && return 0
    case $(tail -n 1 pull.log) in
      *'connection refused'* | *'connection reset'* | *'i/o timeout'* | *'TLS handshake timeout'* | *': EOF'* | *'server error'* | *' 502 '* | *' 503 '* | *' 504 '* | *'Bad Gateway'* | *'Service Unavailable'*) ;;
      *) return 1 ;;
    esac
    clock
    [ "$pause" != 0 ] && [ "$(( now + pause ))" -lt "$end" ] || return 1
    event progress ",\\"detail\\":\\"the registry cannot be reached; trying again: $(json "$(tail -n 1 pull.log)")\\""
    nap "$pause"
  done
}
# image_known: platform and user, from the look at the node just before; empty where the image was not there.
# image_expected: the same from the build server, of an image that was made just now.
pull_image() {
  found=$image_known
  if [ -z "$found" ] && { [ -n "$image_expected" ] || ! found=$(look_at_image); }; then
    case $image in sha256:*) fail IMAGE_NOT_FOUND "Image $image is not on this node, and has no registry to come from." ;; esac
    event pulling ''
    pull || { [ -n "$image_expected" ] && look_at_image >/dev/null; } || pull_failed
    found=\${image_expected:-$(look_at_image)} || fail PULL_FAILED "Image $image was pulled, but the engine does not have it."
    event pulled ''
  fi
  image_user=\${found#* }
  case $platform,\${found%% *} in
    linux/amd64,linux/386 | linux/arm64,linux/arm) ;;
    *) [ "$platform" = "\${found%% *}" ] || fail IMAGE_PLATFORM "Image $image is made for \${found%% *}, this node is $platform." ;;
  esac
}
`;

/**
 * Looks which programs of use to a health check the image has, without running it: a container is made, never started, and
 * the engine asked for the files, all in one connection.
 */
export const toolSteps = `
look_for_tools() {
  one=$(docker create --network none --entrypoint /none "$image" 2>create.log) || return 1
  mkfifo tools.in
  docker system dial-stdio <tools.in >tools.out 2>/dev/null &
  exec 7>tools.in
  places=
  for tool in sh bash curl wget nc; do
    for place in /bin /usr/bin /usr/local/bin; do
      places="$places $tool"
      printf 'HEAD /containers/%s/archive?path=%s/%s HTTP/1.1\\r\\nHost: docker\\r\\n\\r\\n' "$one" "$place" "$tool" >&7
    done
  done
  printf 'HEAD /_ping HTTP/1.1\\r\\nHost: docker\\r\\nConnection: close\\r\\n\\r\\n' >&7
  wait $!
  exec 7>&-
  docker rm --volumes "$one" >/dev/null 2>&1
  set -- $places
  tools=
  while read -r protocol code rest; do
    case $protocol,$code in
      HTTP/*,200) case " $tools " in *" $1 "*) ;; *) tools="$tools \${1:-}" ;; esac; [ $# = 0 ] || shift ;;
      HTTP/*) [ $# = 0 ] || shift ;;
    esac
  done <tools.out
  [ $# = 0 ] || return 1
  [ "$(docker image inspect --format '{{with .Config.Healthcheck}}{{index .Test 0}}{{end}}' "$image" 2>/dev/null)" = '' ] || tools="$tools healthcheck"
}
# Where the image could not be looked into nothing is remembered, and it is tried again the next time.
tell_tools() {
  if ! tools=$(cat "$tools_file" 2>/dev/null) && look_for_tools; then
    mkdir -p "\${tools_file%/*}" && printf '%s' "$tools" >"$tools_file.part" && mv -f "$tools_file.part" "$tools_file"
  fi
  event tools ",\\"tools\\":\\"$(json "$tools")\\""
}
`;

/**
 * Puts the secrets of the job's folder (`secret.NAME` for values the record refers to, `mount.NAME` for files of the
 * container) into the node's secret folder. Mounted ones are readable by all only where the container does not run as
 * root; the folder itself lets in nobody but root.
 */
export const secretSteps = `
new_secrets=
place() {
  [ -e "$secrets/$2" ] && return 0
  cp "$1" "$secrets/.$2.part" && chmod "$3" "$secrets/.$2.part" && mv -f "$secrets/.$2.part" "$secrets/$2" ||
    fail REMOTE_FILE_FAILED "Secret $2 could not be written to $secrets."
  new_secrets="$new_secrets $2"
}
place_secrets() {
  mode=444
  case \${user:-$image_user} in '' | 0 | root | 0:* | root:*) mode=600 ;; esac
  for file in secret.* mount.*; do
    case $file in
      'secret.*' | 'mount.*') ;;
      secret.*) place "$file" "\${file#secret.}" 600 ;;
      mount.*) place "$file" "\${file#mount.}" "$mode" ;;
    esac
  done
}
drop_secrets() {
  for name in $new_secrets; do rm -f "$secrets/$name"; done
}
`;
