import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PlannedFile } from './plan.ts';

/** Writes what the plan says. Without `force` a file that has appeared meanwhile is no more overwritten than one before. */
export async function writeFiles(cwd: string, files: readonly PlannedFile[], force: boolean): Promise<void> {
  for (const { path, text, fate } of files) {
    if (fate !== 'written') continue;
    await mkdir(dirname(join(cwd, path)), { recursive: true });
    await writeFile(join(cwd, path), text, { flag: force ? 'w' : 'wx' });
  }
}
