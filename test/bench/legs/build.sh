# On the build server, in the folder of the source: builds the image and pushes it. Variables: image, tag.
set -eu
docker buildx build --quiet --tag "$image:$tag" --load . >/dev/null
docker push --quiet "$image:$tag" >/dev/null
