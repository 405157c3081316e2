import { parseBatch } from '../../docker/api-batch.ts';
import { askEngine } from '../../docker/ask.ts';
import { noCache, parseCache } from '../cache-usage.ts';
import { usageQuestions } from '../look-script.ts';
import type { BuilderDriver } from './driver.ts';
import { readBuilders } from './list.ts';

/** The BuildKit that is a part of the engine. Its cache is that of everybody who builds there, and is pruned by age only. */
export const dockerDriver: BuilderDriver = {
  kind: 'docker',

  async look(context, server) {
    const [answers, builders] = await Promise.all([
      askEngine(server, [usageQuestions[1]], { purpose: 'Asking what the build cache takes', signal: context.signal }),
      readBuilders(context, server),
    ]);
    const [cache] = parseBatch(answers.text);
    if (cache === undefined) return undefined;
    const own = builders.find(({ driver }) => driver === 'docker');
    return {
      name: own?.name ?? 'default',
      kind: 'docker',
      state: own?.status ?? 'running',
      version: own?.version,
      platforms: own?.platforms ?? [],
      usage: cache.status === 200 ? parseCache(cache.body) : noCache,
    };
  },

  // The command line has renamed this option; the engine still knows it by the API version that Docker 25 speaks.
  pruneLines: (keepBytes) => `api POST '/v1.44/build/prune?keep-storage=${Math.floor(keepBytes)}'
if [ "$api_status" = 200 ]; then
  echo "@drayage cache docker $(sed -n 's/.*"SpaceReclaimed": *\\([0-9]*\\).*/\\1/p' api.body)"
else
  echo "@drayage stays cache docker $(engine_said)"
fi`,
};
