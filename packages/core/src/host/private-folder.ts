import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { DrayageError } from '../errors/drayage-error.ts';
import type { PrivateFolder } from '../programs.ts';
import { type Environment, variable } from './environment.ts';

/** A folder for files that programs of a step need, such as credentials; in the runner's own temporary folder, where there is one. */
export async function privateFolder(env: Environment): Promise<PrivateFolder> {
  const parent = variable(env, 'RUNNER_TEMP') ?? tmpdir();
  // Of mode 0700.
  const path = await mkdtemp(join(parent, 'drayage-'));
  // Where the process is told to end at once, nobody disposes of anything.
  const sweep = () => rmSync(path, { recursive: true, force: true });
  process.once('exit', sweep);
  return {
    path,
    write: async (name, content) => {
      const file = join(path, name);
      if (!file.startsWith(path + sep))
        throw new DrayageError('INTERNAL_BUG', `The file ${name} would leave its folder.`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content, { mode: 0o600 });
      return file;
    },
    [Symbol.asyncDispose]: async () => {
      process.removeListener('exit', sweep);
      await rm(path, { recursive: true, force: true });
    },
  };
}
