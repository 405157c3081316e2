import { cpSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..', '..', '..');

/** What a repository of GitHub's is on this machine: `owner/name@ref` and the folder. */
export type LocalRepository = readonly [reference: string, folder: string];

/**
 * The repositories that workflows name by `uses:`, in a folder of their own. Ours has what its users get: action files and
 * the bundle, and nothing of the sources.
 */
export async function localRepositories(folder: string): Promise<LocalRepository[]> {
  const ours = join(folder, 'drayage');
  for (const part of ['action.yml', 'actions', 'dist']) cpSync(join(root, part), join(ours, part), { recursive: true });
  const artifacts = await Promise.all(
    ['upload-artifact', 'download-artifact'].map(async (name) => {
      const source = join(import.meta.dirname, 'stand-ins', name);
      const target = join(folder, name);
      mkdirSync(target, { recursive: true });
      cpSync(join(source, 'action.yml'), join(target, 'action.yml'));
      await build({
        ...{ entryPoints: [join(source, 'main.ts')], outfile: join(target, 'main.mjs') },
        ...{ bundle: true, platform: 'node', format: 'esm', target: 'node22', logLevel: 'error' },
      });
      return pinned(name).map((reference): LocalRepository => [reference, target]);
    }),
  );
  return [['drayage/drayage@v1', ours], ...artifacts.flat()];
}

/** The commits by which our action files name an action of GitHub's. */
function pinned(name: string): string[] {
  const texts = globSync(join(root, 'actions/*/action.yml')).map((file) => readFileSync(file, 'utf8'));
  const found = texts.flatMap((text) => text.match(new RegExp(`actions/${name}@[0-9a-f]{40}`, 'g')) ?? []);
  return [...new Set(found)];
}
