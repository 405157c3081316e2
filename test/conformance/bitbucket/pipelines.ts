import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import type { Host } from '../../lab/host.ts';

type Texts = Readonly<Record<string, string>>;

export interface Step {
  readonly name: string;
  readonly deployment?: string;
  readonly script: readonly (
    | string
    | { readonly pipe: string; readonly variables?: Readonly<Record<string, unknown>> }
  )[];
  readonly artifacts?: readonly string[];
  readonly 'output-variables'?: readonly string[];
}

export interface PipelineOptions {
  /** A Docker host: what Bitbucket calls the runner. */
  readonly runner: Host;
  /** The repository, a folder of this machine. */
  readonly repository: string;
  readonly buildNumber: number;
  /** Those of the repository and of whoever started the pipeline. */
  readonly variables: Texts;
  /** Pipe → image. */
  readonly images: Texts;
  /** Before a step begins: what may have happened to its artifacts. */
  readonly before?: (step: Step, clone: string) => void;
}

export interface PipelineRun {
  readonly passed: boolean;
  readonly log: string;
}

const agent = '/opt/atlassian/pipelines/agent';

/**
 * Runs the steps of a pipeline as Bitbucket documents it: every step in a fresh clone with the artifacts of those before,
 * script lines in the step's image, each pipe in a container of its own beside it. A pipe sees the clone, the SSH keys of
 * the repository's settings and the variables it is given; not the file of output variables, whose mount is nowhere promised.
 */
export async function runPipeline(
  steps: readonly Step[],
  image: string,
  options: PipelineOptions,
): Promise<PipelineRun> {
  const { runner, repository, before } = options;
  const inside = (path: string) => join(runner.rootFolder, path);
  const clone = inside(`${agent}/build`);
  const kept = inside('/root/artifacts');
  const variablesFile = `${agent}/tmp/variables.env`;
  rmSync(kept, { recursive: true, force: true });
  let variables = { ...options.variables };
  let log = '';
  for (const step of steps) {
    rmSync(clone, { recursive: true, force: true });
    cpSync(repository, clone, { recursive: true });
    if (existsSync(kept)) cpSync(kept, clone, { recursive: true });
    mkdirSync(inside(`${agent}/tmp`), { recursive: true });
    writeFileSync(inside(variablesFile), '');
    before?.(step, clone);
    const env = { ...environmentOf(step, options), BITBUCKET_PIPELINES_VARIABLES_PATH: variablesFile };
    for (const line of step.script) {
      const container =
        typeof line === 'string'
          ? { mounts: [`${agent}/tmp`], env: { ...env, ...variables }, image, command: ['bash', '-e', '-c', line] }
          : {
              mounts: [`${agent}/ssh:${agent}/ssh:ro`],
              env: { ...env, ...pipeVariables(line.variables ?? {}, variables) },
              image: options.images[line.pipe] ?? line.pipe,
              command: [],
            };
      const { code, output } = await runContainer(runner, container);
      log += `+ ${typeof line === 'string' ? line : `pipe: ${line.pipe}`}\n${output}`;
      if (code !== 0) return { passed: false, log };
    }
    for (const pattern of step.artifacts ?? []) await keep(runner, pattern);
    variables = { ...variables, ...outputVariables(readFileSync(inside(variablesFile), 'utf8'), step) };
  }
  return { passed: true, log };
}

/** The variables that Bitbucket documents for every step. */
function environmentOf({ deployment = '' }: Step, { buildNumber }: PipelineOptions): Texts {
  return {
    CI: 'true',
    BITBUCKET_BUILD_NUMBER: String(buildNumber),
    BITBUCKET_CLONE_DIR: `${agent}/build`,
    BITBUCKET_COMMIT: 'c'.repeat(40),
    BITBUCKET_WORKSPACE: 'acme',
    BITBUCKET_REPO_SLUG: 'shop',
    BITBUCKET_REPO_FULL_NAME: 'acme/shop',
    BITBUCKET_BRANCH: 'main',
    BITBUCKET_DEPLOYMENT_ENVIRONMENT: deployment,
    BITBUCKET_PIPE_STORAGE_DIR: `${agent}/build/.bitbucket/pipelines/generated/pipeline/pipes/drayage/drayage`,
    BITBUCKET_PIPE_SHARED_STORAGE_DIR: `${agent}/build/.bitbucket/pipelines/generated/pipeline/pipes`,
  };
}

/** A pipe's variables: `$NAME` stands for a variable of the pipeline, and a list arrives as X_COUNT, X_0, X_1, … */
function pipeVariables(given: Readonly<Record<string, unknown>>, variables: Texts): Texts {
  const expand = (text: unknown) => String(text).replace(/\$\{?([A-Z_]+)\}?/g, (_, name) => variables[name] ?? '');
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]): [string, string][] =>
      Array.isArray(value)
        ? [
            [`${name}_COUNT`, String(value.length)],
            ...value.map((item, index): [string, string] => [`${name}_${index}`, expand(item)]),
          ]
        : [[name, expand(value)]],
    ),
  );
}

interface Container {
  readonly mounts: readonly string[];
  readonly env: Texts;
  readonly image: string;
  readonly command: readonly string[];
}

async function runContainer(runner: Host, { mounts, env, image, command }: Container) {
  const volumes = [
    `${agent}/build:${agent}/build`,
    ...mounts.map((mount) => (mount.includes(':') ? mount : `${mount}:${mount}`)),
  ];
  const argv = [
    ...['docker', 'container', 'run', '--rm', `--workdir=${agent}/build`],
    ...volumes.map((volume) => `--volume=${volume}`),
    ...Object.entries(env).map(([name, value]) => `--env=${name}=${value}`),
    image,
    ...command,
  ];
  const { code, stdout, stderr } = await runner.exec(argv, { check: false, timeout: 180_000 });
  return { code, output: stdout + stderr };
}

async function keep(runner: Host, pattern: string): Promise<void> {
  const { stdout } = await runner.exec(`cd ${agent}/build && find . -type f -printf '%P\\n'`);
  for (const path of stdout.split('\n').filter((name) => name !== '' && matchesGlob(name, pattern))) {
    cpSync(join(runner.rootFolder, agent, 'build', path), join(runner.rootFolder, 'root/artifacts', path), {
      recursive: true,
    });
  }
}

/** Only what the step declares is handed on, and the last value of a name counts. */
function outputVariables(text: string, { 'output-variables': declared = [] }: Step): Texts {
  const pairs = text.split('\n').flatMap((line): [string, string][] => {
    const equals = line.indexOf('=');
    return equals > 0 ? [[line.slice(0, equals), line.slice(equals + 1)]] : [];
  });
  return Object.fromEntries(pairs.filter(([name]) => declared.includes(name)));
}
