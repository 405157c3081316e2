import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const application = fileURLToPath(new URL('../fixtures/app', import.meta.url));

/** A checkout of the sample application, with `origin` set, as its developer has it. */
export interface Repository {
  readonly folder: string;
  /** Replaces text in one file, which must contain it. */
  edit(file: string, from: string | RegExp, to: string): void;
  /** Commits everything and pushes it; returns the commit's hash. */
  publish(message: string): Promise<string>;
}

export async function createRepository(folder: string, origin: string, token: string): Promise<Repository> {
  mkdirSync(folder, { recursive: true });
  cpSync(application, folder, { recursive: true });
  // Not the blocking form: the server that answers `git push` may live in this process.
  const git = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)('git', ['-C', folder, ...identity, ...args])).stdout;
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', origin);
  const header = `Authorization: Basic ${Buffer.from(`git:${token}`).toString('base64')}`;
  return {
    folder,
    edit: (file, from, to) => {
      const path = join(folder, file);
      const before = readFileSync(path, 'utf8');
      const after = before.replace(from, () => to);
      if (after === before) throw new Error(`${file} has no ${from} to replace.`);
      writeFileSync(path, after);
    },
    publish: async (message) => {
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', '--message', message);
      await git('-c', `http.extraHeader=${header}`, 'push', '--quiet', 'origin', 'HEAD:main');
      return (await git('rev-parse', 'HEAD')).trim();
    },
  };
}

const identity = ['-c', 'user.name=Alice', '-c', 'user.email=alice@example.com', '-c', 'commit.gpgSign=false'];
