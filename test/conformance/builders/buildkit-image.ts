import { copyFileSync, cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildkitImage } from '../../../packages/core/src/config/normalise/buildkit.ts';
import { cached, recipeHash } from '../../lab/cache.ts';
import type { Host } from '../../lab/host.ts';
import { recipes } from '../tools/recipes.ts';
import { tool } from '../tools/tool.ts';

const folder = join(import.meta.dirname, 'buildkit');

/** Whether BuildKit can be had on this machine at all: it is compiled once, in minutes. */
export async function hasBuildkit(): Promise<boolean> {
  return (await tool('buildkitd')) !== undefined && (await tool('buildctl')) !== undefined;
}

/**
 * Puts BuildKit's image under its real name into the engine of a host, built once from the programs of its own release. No other lab waits for it: it is not
 * among the images of the lab.
 */
export async function loadBuildkit(host: Host): Promise<void> {
  const [buildkitd, buildctl] = await Promise.all([tool('buildkitd'), tool('buildctl')]);
  if (buildkitd === undefined || buildctl === undefined) throw new Error('BuildKit cannot be compiled here.');
  const inside = join(host.rootFolder, 'root', 'buildkit');
  const hash = recipeHash(readFileSync(join(folder, 'Dockerfile'), 'utf8'), recipes.buildkitd.version, buildkitImage);
  const store = await cached('buildkit', hash, async (partial) => {
    cpSync(folder, inside, { recursive: true });
    copyFileSync(buildkitd, join(inside, 'buildkitd'));
    copyFileSync(buildctl, join(inside, 'buildctl'));
    await host.exec(
      `docker build --progress plain -t ${buildkitImage} /root/buildkit && docker save -o /root/buildkit/image.tar ${buildkitImage}`,
    );
    copyFileSync(join(inside, 'image.tar'), join(partial, 'image.tar'));
  });
  mkdirSync(inside, { recursive: true });
  copyFileSync(join(store, 'image.tar'), join(inside, 'image.tar'));
  await host.exec('docker load -q -i /root/buildkit/image.tar && rm -rf /root/buildkit');
}
