import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, posix } from 'node:path';
import { type DockerfileFacts, readDockerfile } from './dockerfile.ts';

/** What `init` found out about the folder it stands in. Paths have forward slashes and are relative to it. */
export interface Repository {
  /** Name of the folder. */
  readonly folder: string;
  readonly dockerfiles: readonly Dockerfile[];
  readonly manifest?: Manifest;
  readonly composeFile?: string;
  /** URL of `origin`. */
  readonly remote?: string;
  readonly branch?: string;
  /** Files that `init` may want to write, and all GitHub workflows, with what stands in them now. */
  readonly present: ReadonlyMap<string, string>;
  /** Names of GitHub workflows. */
  readonly workflows: readonly string[];
  /** SSH keys of the user, with the one for deployments first: `~/.ssh/id_ed25519`. */
  readonly keys: readonly string[];
}

export interface Dockerfile extends DockerfileFacts {
  readonly path: string;
}

/** Of package.json. */
export interface Manifest {
  readonly name?: string;
  readonly starts: boolean;
  readonly builds: boolean;
  readonly manager: 'npm' | 'yarn' | 'pnpm' | 'bun';
  readonly hasLock: boolean;
}

/** Everything that a plan of `init` can contain besides a GitHub workflow. */
export const targets = [
  'drayage.yml',
  'Dockerfile',
  '.dockerignore',
  '.gitlab-ci.yml',
  'bitbucket-pipelines.yml',
] as const;

/** How deep below the root a Dockerfile is looked for: `apps/api/Dockerfile` is two folders deep. */
const depth = 3;
const skipped = /^(?:\..*|node_modules|vendor|dist|build|out|target|coverage|tests?|e2e|fixtures|examples?|docs?)$/;
/** Variants for work on a laptop are not what is deployed. */
const variant = /(?:^|[.-])(?:dev|development|devcontainer|local|test|tests|ci|debug)(?:[.-]|$)/i;

export async function lookAt(
  cwd: string,
  git: { readonly remote?: string; readonly branch?: string },
  home = homedir(),
): Promise<Repository> {
  const names = await namesIn(cwd);
  const paths = await dockerfilesBelow(cwd, '', depth);
  // A Dockerfile at the root is what the repository makes; those further down belong to parts of it.
  const atRoot = paths.filter((path) => !path.includes('/'));
  const chosen = atRoot.includes('Dockerfile') ? atRoot : paths;
  const dockerfiles = await Promise.all(
    chosen.map(async (path) => ({ path, ...readDockerfile(await readFile(join(cwd, path), 'utf8')) })),
  );
  const present = new Map<string, string>();
  const workflows = (await namesIn(join(cwd, '.github/workflows'))).filter((name) => /\.ya?ml$/.test(name));
  for (const path of [...targets, ...workflows.map((name) => `.github/workflows/${name}`)]) {
    const text = await textOf(join(cwd, path));
    if (text !== undefined) present.set(path, text);
  }
  return {
    folder: basename(cwd),
    dockerfiles,
    manifest: manifestOf(await textOf(join(cwd, 'package.json')), names),
    composeFile: names.find((name) => /^(?:docker-)?compose\.ya?ml$/.test(name)),
    remote: git.remote,
    branch: git.branch,
    present,
    workflows,
    keys: await keysIn(join(home, '.ssh')),
  };
}

/** The folder a Dockerfile stands in; empty for the root. */
export function folderOf({ path }: Dockerfile): string {
  const folder = dirname(path);
  return folder === '.' ? '' : folder;
}

async function dockerfilesBelow(root: string, folder: string, levels: number): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = posix.join(folder, entry.name);
    if (entry.isFile() && isDockerfile(entry.name)) found.push(path);
    else if (entry.isDirectory() && levels > 0 && !skipped.test(entry.name)) {
      found.push(...(await dockerfilesBelow(root, path, levels - 1)));
    }
  }
  return found;
}

function isDockerfile(name: string): boolean {
  const [, before = '', after = ''] = /^(?:(.+)\.)?Dockerfile(?:\.(.+))?$/i.exec(name) ?? [];
  if (!/^(?:.+\.)?Dockerfile(?:\..+)?$/i.test(name) || after === 'dockerignore') return false;
  return !variant.test(before) && !variant.test(after);
}

function manifestOf(text: string | undefined, names: readonly string[]): Manifest | undefined {
  if (text === undefined) return undefined;
  let content: { name?: unknown; scripts?: Record<string, unknown> };
  try {
    content = JSON.parse(text);
  } catch {
    return undefined;
  }
  const locks = { yarn: 'yarn.lock', pnpm: 'pnpm-lock.yaml', bun: 'bun.lock' } as const;
  const managers = ['yarn', 'pnpm', 'bun'] as const;
  return {
    name: typeof content?.name === 'string' ? content.name : undefined,
    starts: typeof content?.scripts?.start === 'string',
    builds: typeof content?.scripts?.build === 'string',
    manager: managers.find((manager) => names.includes(locks[manager])) ?? 'npm',
    hasLock: names.includes('package-lock.json'),
  };
}

async function keysIn(folder: string): Promise<string[]> {
  const names = await namesIn(folder);
  const usual = ['drayage', 'id_ed25519', 'id_ecdsa', 'id_rsa'];
  return usual.filter((name) => names.includes(name)).map((name) => `~/.ssh/${name}`);
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
