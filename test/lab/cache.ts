import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './lock.ts';
import { cacheFolder } from './machine.ts';

/** A short, stable name for everything a cached thing is made from. */
export function recipeHash(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}

/**
 * Returns the cached folder `<name>-<hash>`, and makes it first where it is missing. `build` fills a folder that gets
 * its final name only when it is complete, so an interrupted build leaves nothing that looks finished.
 */
export async function cached(name: string, hash: string, build: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder, `${name}-${hash}`);
  if (existsSync(folder)) {
    // The time of last use, for pruneCache.
    const now = new Date();
    await utimes(folder, now, now);
    return folder;
  }
  return withLock(join(cacheFolder, 'locks', name), async () => {
    if (existsSync(folder)) return folder;
    const partial = `${folder}.partial`;
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    await build(partial);
    await rename(partial, folder);
    return folder;
  });
}

/** Removes what no lab has used for that many days: recipes change, and each change leaves its old result behind. */
export async function pruneCache(days: number): Promise<void> {
  const oldest = Date.now() - days * 86_400_000;
  for (const entry of await readdir(cacheFolder)) {
    if (!/-[0-9a-f]{12}(\.partial)?$/.test(entry)) continue;
    const path = join(cacheFolder, entry);
    if ((await stat(path)).mtimeMs < oldest) await rm(path, { recursive: true, force: true });
  }
}
