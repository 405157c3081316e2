import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');
const identity = ['-c', 'user.name=Alice', '-c', 'user.email=alice@example.com', '-c', 'commit.gpgSign=false'];

/** A checkout of the sample application with a workflow of examples/github. */
export interface Checkout {
  readonly folder: string;
  /** Path of the workflow in it. */
  use(example: string): string;
  write(file: string, content: string): void;
  /** Replaces text that the file must contain. */
  edit(file: string, from: string, to: string): void;
  /** Commits everything; returns the short hash, which the application answers as its version. */
  commit(message: string): string;
  /** Names the newest commit. */
  tag(name: string): void;
  /** Puts the application into a folder of its own. */
  application(path: string): void;
}

export function makeCheckout(folder: string): Checkout {
  const application = (path: string): void =>
    cpSync(join(root, 'test', 'fixtures', 'app'), join(folder, path), { recursive: true });
  application('.');
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', folder, ...identity, ...args], { encoding: 'utf8' }).trim();
  git('init', '--quiet', '--initial-branch=main');
  // By it act knows the repository's name.
  git('remote', 'add', 'origin', 'https://github.com/acme/shop.git');
  const write = (file: string, content: string): void => {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), content);
  };
  return {
    folder,
    write,
    application,
    tag: (name) => void git('tag', name),
    edit: (file, from, to) => {
      const before = readFileSync(join(folder, file), 'utf8');
      if (!before.includes(from)) throw new Error(`${file} has no "${from}" to replace.`);
      write(
        file,
        before.replace(from, () => to),
      );
    },
    use: (example) => {
      const path = `.github/workflows/${example}.yml`;
      write(path, exampleFile(example, 'workflow.yml'));
      return path;
    },
    commit: (message) => {
      git('add', '--all');
      git('commit', '--quiet', '--allow-empty', '--message', message);
      return git('rev-parse', '--short=7', 'HEAD');
    },
  };
}

export function exampleFile(example: string, file: string): string {
  return readFileSync(join(root, 'examples', 'github', example, file), 'utf8');
}
