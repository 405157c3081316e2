import { readFile } from 'node:fs/promises';
import { type Outline, outlineOf } from '@drayage/core/config/outline';
import { errorCodes } from '@drayage/core/errors/codes';
import { commands } from '../commands.ts';
import { completionRoot } from './root.ts';

/**
 * What the scripts of `drayage completion` ask on every press of the Tab key: the words behind `drayage` up to the cursor.
 * Prints one proposal a line and then, as the library's scripts expect it, how they are to be taken.
 */
export async function complete(words: readonly string[]): Promise<void> {
  const declarations = await Promise.all(
    Object.values(commands).map(async (load) => (await load()).command.declaration),
  );
  const root = completionRoot({ commands: declarations, outline: await outline(words), errorCodes });
  root.parse([...words]);
}

/** The names in the drayage.yml that the words speak of. */
async function outline(words: readonly string[]): Promise<Outline> {
  const at = words.indexOf('--config');
  const inline = words.find((word) => word.startsWith('--config='))?.slice('--config='.length);
  const file = inline ?? (at === -1 ? undefined : words[at + 1]) ?? 'drayage.yml';
  return outlineOf(await readFile(file, 'utf8').catch(() => ''));
}
