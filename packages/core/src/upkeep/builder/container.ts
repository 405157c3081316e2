import { engineLines } from '../../docker/cli-lines.ts';
import { noCache, parseBuildctl } from '../cache-usage.ts';
import type { BuilderDriver } from './driver.ts';
import { builderName, readBuilders } from './list.ts';

/** How buildx names the container of a builder's first node, and the volume of its state (docker/buildx: driver/docker-container). */
const container = `buildx_buildkit_${builderName}0`;
const volume = `${container}_state`;

/** It is ours where our own folder of buildx knows it: another account may have a builder of the same name. */
const isOurs = `[ -e "$DRAYAGE_STATE/buildx/instances/${builderName}" ]`;

/** A BuildKit of its own in a container, with its own cache and garbage collection. */
export const containerDriver: BuilderDriver = {
  kind: 'container',

  async look(context, server) {
    const [{ stdout }, builders] = await Promise.all([
      server.script(
        `${engineLines(server.account)}
${isOurs} || exit 0
echo ours
docker exec ${container} buildctl du --format '{{json .}}' 2>/dev/null || :`,
        { purpose: 'Looking at the builder', repeatable: true, signal: context.signal },
      ),
      readBuilders(context, server),
    ]);
    const [first, ...usage] = stdout.split('\n');
    if (first !== 'ours') return undefined;
    const own = builders.find(({ name }) => name === builderName);
    return {
      name: builderName,
      kind: 'container',
      state: own?.status ?? 'unknown',
      version: own?.version,
      platforms: own?.platforms ?? [],
      usage: usage.join('') === '' ? noCache : parseBuildctl(usage.join('\n')),
    };
  },

  pruneLines: (
    keepBytes,
  ) => `if ${isOurs} && [ "$(docker inspect --format '{{.State.Running}}' ${container} 2>/dev/null)" = true ]; then
${prune(keepBytes)}
fi`,

  removeLines: () => `if ${isOurs}; then
  [ -n "\${BUILDX_CONFIG:-}" ] || export BUILDX_CONFIG="$DRAYAGE_STATE/buildx"
  if docker buildx rm --force ${builderName} >engine.log 2>&1 || ! docker buildx inspect ${builderName} >/dev/null 2>&1; then
    rm -f "$DRAYAGE_STATE/buildx/instances/${builderName}"
    # What buildx did not find the time for.
    docker rm --force --volumes ${container} >/dev/null 2>&1
    docker volume rm ${volume} >/dev/null 2>&1
    echo '@drayage removed builder ${builderName}'
  else
    echo "@drayage stays builder ${builderName} $(reason)"
  fi
fi`,
};

/** buildctl counts in megabytes of 1000 kB. */
function prune(keepBytes: number): string {
  return `  if docker exec ${container} buildctl prune --keep-storage ${Math.floor(keepBytes / 1e6)} --format '{{json .}}' >prune.log 2>engine.log; then
    echo "@drayage cache container $(grep -o '"size": *[0-9]*' prune.log | tr -d -c '0-9\\n' | awk '{ sum += $1 } END { printf "%.0f", sum }')"
  else
    echo "@drayage stays cache container $(reason)"
  fi`;
}
