import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';

/** A CI/CD variable as a project's settings have it. */
export type Variable = string | { readonly type: 'file'; readonly value: string };

export interface Pipeline {
  readonly code: number;
  /** All that was printed, the log of every job, and what is kept of them as artifacts. */
  readonly log: string;
}

/** A project on GitLab, whose pipelines gitlab-ci-local runs. */
export interface Project {
  readonly folder: string;
  write(files: Readonly<Record<string, string>>): void;
  commit(message: string): void;
  /** Of the project's settings; the new ones replace all of the old. */
  variables(variables: Readonly<Record<string, Variable>>): void;
  /** All jobs that start by themselves, or the manual one that is named. */
  run(...args: string[]): Promise<Pipeline>;
  /** What a runner does when somebody cancels a job: every process of it is told to end. */
  cancel(): void;
}

/** What makes jobs run on this machine, each in a copy of the checkout, in GitLab's own environment. */
const asOnGitlab = [
  '--shell-executor-no-image',
  '--force-shell-executor',
  '--shell-isolation',
  '--no-artifacts-to-source',
  ...['--variable', 'CI=true', '--variable', 'GITLAB_CI=true', '--ignore-predefined-vars', 'CI,GITLAB_CI'],
];

/** The component's own project: its templates are included by the address a user would write, at this commit. */
export function createProject(modules: string, folder: string, path: string): Project {
  const home = join(folder, 'home');
  const work = join(folder, 'project');
  const bin = join(folder, 'bin');
  for (const each of [join(home, '.gitlab-ci-local'), work, bin]) mkdirSync(each, { recursive: true });
  // A runner's PATH: the Node.js of the tests, and nothing of this repository.
  symlinkSync(process.execPath, join(bin, 'node'));
  const system = (process.env.PATH ?? '').split(':').filter((each) => !each.includes('node_modules'));
  const env = { PATH: [bin, ...system].join(':'), HOME: home };
  const git = (...args: string[]) => execFileSync('git', [...identity, ...args], { cwd: work, env, stdio: 'pipe' });
  git('init', '--quiet', '--initial-branch=main');
  git('remote', 'add', 'origin', `git@gitlab.example.com:${path}.git`);
  cpSync('packages/gitlab/templates', join(work, 'templates'), { recursive: true });
  const program = join(modules, 'gitlab-ci-local', 'dist', 'index.js');
  return {
    folder: work,
    write: (files) => {
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(dirname(join(work, file)), { recursive: true });
        writeFileSync(join(work, file), text);
      }
    },
    commit: (message) => {
      git('add', '--all');
      git('commit', '--quiet', '--allow-empty', '--message', message);
    },
    variables: (variables) => {
      const values = Object.entries(variables).map(([name, given]) =>
        typeof given === 'string'
          ? [name, { type: 'variable', values: { '*': given } }]
          : [name, { type: 'file', values: { '*': given.value } }],
      );
      const file = join(home, '.gitlab-ci-local', 'variables.yml');
      writeFileSync(file, stringify({ global: Object.fromEntries(values) }, { lineWidth: 0 }));
    },
    run: (...args) =>
      new Promise((resolve, reject) => {
        let printed = '';
        const child = spawn(process.execPath, [program, ...asOnGitlab, '--home', home, ...args], { cwd: work, env });
        for (const stream of [child.stdout, child.stderr]) {
          stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
        }
        child.on('error', reject);
        child.on('close', (code) => resolve({ code: code ?? 1, log: printed + keptIn(work) }));
      }),
    cancel: () => {
      const builds = join(work, '.gitlab-ci-local', 'builds');
      const ours = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isBelow(builds, name));
      if (ours.length === 0) throw new Error('No job runs.');
      for (const pid of ours) process.kill(Number(pid), 'SIGTERM');
    },
  };
}

const identity = ['-c', 'user.name=Alice', '-c', 'user.email=alice@example.com', '-c', 'commit.gpgSign=false'];

/** Logs and artifacts, hidden ones too. */
function keptIn(work: string): string {
  return ['output', 'artifacts']
    .map((name) => join(work, '.gitlab-ci-local', name))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}

/** A process that ends while it is looked at has no folder any more. */
function isBelow(folder: string, pid: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`).startsWith(`${folder}/`);
  } catch {
    return false;
  }
}
