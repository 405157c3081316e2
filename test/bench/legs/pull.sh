# On a node: fetches the image. Variables: image, tag.
set -eu
docker pull --quiet "$image:$tag" >/dev/null
