/**
 * Brings the image to the node and checks that it can run there. Credentials come from `config.json` in the job's
 * folder. Sets `image_user`: who the containers run as unless the service says so.
 */
export const imageSteps = `
# An engine's message → our code and sentence.
pull_failed() {
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
    *'no space left'*)
      fail DISK_FULL "The disk is full; image $image could not be pulled. The engine said: $reason" ;;
    *)
      fail PULL_FAILED "Image $image could not be pulled. The engine said: $reason" ;;
  esac
}
look_at_image() { docker image inspect --format '{{.Os}}/{{.Architecture}} {{.Config.User}}' "$image" 2>/dev/null; }
# image_known: platform and user, from the look at the node just before; empty where the image was not there.
pull_image() {
  found=$image_known
  if [ -z "$found" ] && ! found=$(look_at_image); then
    case $image in sha256:*) fail IMAGE_NOT_FOUND "Image $image is not on this node, and has no registry to come from." ;; esac
    event pulling ''
    clock
    config=
    [ -e config.json ] && config="--config $DRAYAGE_JOB"
    timeout "$(( (end - now) / 1000 + 1 ))" docker $config pull --quiet "$image" >pull.log 2>&1 || pull_failed
    found=$(look_at_image) || fail PULL_FAILED "Image $image was pulled, but the engine does not have it."
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
