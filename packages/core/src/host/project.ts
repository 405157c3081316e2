import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { loadProject } from '../config/load.ts';
import type { Project } from '../config/model.ts';
import { parseSecrets } from '../config/secrets.ts';
import { DrayageError, throwAll } from '../errors/drayage-error.ts';
import type { Report } from '../report/report.ts';
import { type Environment, variable } from './environment.ts';
import type { Checkout } from './git-facts.ts';
import { type Declaration, inputsOf } from './input/declaration.ts';
import { concernsService, overridesOf } from './input/overrides.ts';
import { secretsOf } from './input/secrets.ts';
import { whyMissing } from './missing-variable.ts';
import { withoutServer } from './no-file.ts';

export interface ProjectRequest {
  readonly declaration: Pick<Declaration, 'inputs' | 'checksOnly'>;
  readonly values: Readonly<Record<string, unknown>>;
  readonly env: Environment;
  readonly cwd: string;
  readonly report: Report;
  readonly checkout: () => Promise<Checkout>;
  /** false: git is asked only where drayage.yml refers to it. */
  readonly needsCheckout?: boolean;
}

const usualFile = 'drayage.yml';

/** The secrets of a run: of the environment, and of the input, which wins. */
export function givenSecrets(text: string | undefined, env: Environment): Record<string, string> {
  return { ...secretsOf(env), ...(text === undefined ? {} : parseSecrets(text)) };
}

/**
 * drayage.yml with the inputs merged over it, or the inputs alone. Warnings are reported and secrets masked on the way.
 * Throws CONFIG_… and INPUT_INVALID, all at once.
 */
export async function readProject(request: ProjectRequest): Promise<Project> {
  const { declaration, values, env, cwd, report } = request;
  const file = textOf(values.config) ?? usualFile;
  const text = await readConfiguration(file, cwd, values.config !== undefined);
  const inputs = inputsOf(declaration);
  const folder = dirname(resolve(cwd, file));
  const secrets = givenSecrets(textOf(values.secrets), env);
  for (const value of Object.values(secrets)) report.mask(value);
  const needed = inputs.filter((input) => concernsService(input) && values[input.name] !== undefined);
  const base = {
    text,
    file,
    environment: textOf(values.environment),
    secrets,
    env,
    git: request.needsCheckout === false && !mentionsGit(text) ? {} : await request.checkout(),
    whyNoSecret: whyMissing(env),
    allowAbsent: declaration.checksOnly,
    readFile: (name: string) => readFile(resolve(folder, name), 'utf8'),
  };
  let service = textOf(values.service);
  if (service === undefined && needed.length > 0) {
    const plain = overridesOf(
      inputs.filter((input) => !concernsService(input)),
      values,
      undefined,
    );
    service =
      text === undefined
        ? 'web'
        : onlyService((await loadProject({ ...base, overrides: plain })).project, needed[0]?.name);
  }
  const overrides = overridesOf(inputs, values, service ?? (text === undefined ? 'web' : undefined));
  if (text === undefined && overrides.servers === undefined) {
    throwAll(withoutServer({ file: usualFile, folder: basename(cwd), inputs, values }));
  }
  const named = text === undefined && overrides.project === undefined ? { project: projectName(env, cwd) } : {};
  const loaded = await loadProject({ ...base, overrides: { ...named, ...overrides } });
  for (const mask of loaded.masks) report.mask(mask);
  for (const { message, at } of loaded.warnings) report.warn(message, at);
  if (loaded.absent.length > 0) report.note(absentText(file, loaded.absent));
  return loaded.project;
}

/** What a run that deploys has to be given, and this one was not. */
function absentText(file: string, absent: readonly string[]): string {
  const how = absent.some((name) => name.startsWith('secrets.')) ? ' Secrets are given as DRAYAGE_SECRET_<NAME>.' : '';
  return `${file} refers to what is not given here and a run needs: ${absent.join(', ')}.${how}`;
}

/** Throws INPUT_INVALID naming the services when it is not clear which is meant. */
export function onlyService(project: Project, input = 'service'): string {
  const [first, second] = project.services;
  if (first !== undefined && second === undefined) return first.name;
  const names = project.services.map(({ name }) => name).join(', ');
  throw new DrayageError(
    'INPUT_INVALID',
    first === undefined
      ? `${project.file ?? 'The configuration'} has no service.`
      : `${project.file ?? 'The configuration'} has several services, so the input "${input}" needs "service" beside it; expected one of ${names}.`,
    { hint: first === undefined ? 'Add one under services:.' : `Add --service ${first.name}.` },
  );
}

function mentionsGit(text: string | undefined): boolean {
  return text !== undefined && /\$\{\{\s*git\b/.test(text);
}

async function readConfiguration(file: string, cwd: string, isNamed: boolean): Promise<string | undefined> {
  try {
    return await readFile(resolve(cwd, file), 'utf8');
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    if (missing && !isNamed) return undefined;
    const why = missing
      ? 'does not exist'
      : `cannot be read (${cause instanceof Error ? cause.message : String(cause)})`;
    throw new DrayageError('INPUT_INVALID', `The configuration file ${file} ${why}.`, {
      hint: missing ? 'On CI, check that the repository was checked out first.' : undefined,
      cause,
    });
  }
}

/** The repository's name, as a project may be called. */
function projectName(env: Environment, cwd: string): string {
  const repository =
    variable(env, 'GITHUB_REPOSITORY') ?? variable(env, 'CI_PROJECT_PATH') ?? variable(env, 'BITBUCKET_REPO_FULL_NAME');
  const last = basename(repository ?? cwd).toLowerCase();
  const name = last.replace(/[^a-z0-9-]+/g, '-').replace(/^-+|-+$/g, '');
  return name === '' ? 'project' : name;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
