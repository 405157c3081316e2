import type { Answers } from './answers.ts';
import { pathOf } from './answers.ts';
import { configText } from './config-file.ts';
import { type NextStep, nextSteps } from './next.ts';
import { dockerignore, nodeDockerfile } from './node-image.ts';
import { isFromInit, type Present, placed, usesDrayage } from './place.ts';
import type { Repository } from './repository.ts';
import { secretsToSet, workflowOf } from './workflow.ts';

/** A file, and what becomes of it. */
export interface PlannedFile {
  readonly path: string;
  readonly text: string;
  /**
   * What `init` wrote before is `kept` unless it is told to overwrite it. A file of somebody else's always stays: as `foreign`,
   * or as `used` where it uses Drayage already.
   */
  readonly fate: 'written' | 'kept' | 'same' | 'foreign' | 'used';
}

export interface InitPlan {
  readonly files: readonly PlannedFile[];
  /** What the user should know before going on. */
  readonly remarks: readonly string[];
  /** Commands to type next, each with what it is for. */
  readonly next: readonly NextStep[];
}

/** Everything that `init` writes and says. Decides; changes nothing. */
export function planInit(answers: Answers, repository: Repository, force: boolean): InitPlan {
  const { present, remote, branch } = repository;
  const old = present.get('drayage.yml');
  const front = answers.services.find(({ name }) => name === answers.front);
  const dockerfile =
    answers.server === undefined || repository.dockerfiles.length > 0
      ? undefined
      : nodeDockerfile(repository.manifest, front?.port ?? 3000);
  const services = answers.services.map((service) =>
    dockerfile === undefined ? service : { ...service, dockerfile: 'Dockerfile' },
  );
  const config =
    answers.server === undefined ? undefined : configText({ ...answers, services }, answers.server, pathOf(remote));
  const facts = {
    secrets: secretNames(config ?? old ?? ''),
    registry: answers.registry,
    branch: ['master', 'trunk'].find((name) => name === branch) ?? 'main',
  };
  const usual = workflowOf(answers.ci, facts);
  const workflow = placed(answers.ci, usual, present);
  const wanted = [
    config === undefined ? undefined : { path: 'drayage.yml', text: config },
    dockerfile === undefined ? undefined : { path: 'Dockerfile', text: dockerfile },
    dockerfile === undefined || present.has('.dockerignore')
      ? undefined
      : { path: '.dockerignore', text: dockerignore },
    workflow,
  ];
  const files = wanted
    .filter((file) => file !== undefined)
    .map((file): PlannedFile => ({ ...file, fate: fateOf(file, present, force) }));
  const hasDockerfile = repository.dockerfiles.length > 0 || dockerfile !== undefined || config === undefined;
  return {
    files,
    remarks: [...remarkOnPlace(files, usual?.path, present), ...remarksOn(answers, repository, hasDockerfile)],
    next: nextSteps(answers, repository, { all: facts.secrets, toSet: secretsToSet(answers.ci, facts) }),
  };
}

function fateOf({ path, text }: Pick<PlannedFile, 'path' | 'text'>, present: Present, force: boolean) {
  const now = present.get(path);
  if (now === undefined) return 'written';
  if (now === text) return 'same';
  // The file is Drayage's by its name.
  if (path === 'drayage.yml' || isFromInit(now)) return force ? 'written' : 'kept';
  return usesDrayage(now) ? 'used' : 'foreign';
}

/** Said where the workflow could not have its usual name. */
function remarkOnPlace(files: readonly PlannedFile[], usual: string | undefined, present: Present): readonly string[] {
  const written = files.find(({ path, fate }) => path.startsWith('.github/') && fate === 'written')?.path;
  if (usual === undefined || written === undefined || written === usual || !present.has(usual)) return [];
  return [`${usual} is another workflow and stays as it is, so Drayage's is ${written}.`];
}

/** Names of the secrets a drayage.yml refers to, in their order. */
export function secretNames(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => !/^\s*#/.test(line));
  const names = [...lines.join('\n').matchAll(/(?<!\$)\$\{\{\s*secrets\.([A-Za-z_]\w*)\s*\}\}/g)];
  return [...new Set(names.map(([, name = '']) => name))];
}

function remarksOn(
  { services, front, registry, server }: Answers,
  { composeFile, dockerfiles, present, remote }: Repository,
  hasDockerfile: boolean,
) {
  const others = services.filter(({ name }) => name !== front).map(({ name }) => name);
  const remarks = [
    present.has('drayage.yml')
      ? 'drayage.yml is there already, so its servers and services stay what they are.'
      : undefined,
    hasDockerfile
      ? undefined
      : 'There is no Dockerfile here, so railpack builds: it finds out how. With a Dockerfile, `build: { dockerfile: Dockerfile }` builds with that.',
    server !== undefined && registry !== undefined && pathOf(remote) === undefined
      ? 'Without a git remote the owner of the images is a guess: look at registries and image in drayage.yml.'
      : undefined,
    composeFile !== undefined && dockerfiles.length > 0
      ? `${composeFile} was not taken over: only what has a Dockerfile here became a service.`
      : undefined,
    others.length > 0 && !present.has('drayage.yml')
      ? `${front} is what answers from outside; ${others.join(', ')} ${others.length === 1 ? 'is' : 'are'} reached by name on the same network.`
      : undefined,
  ];
  return remarks.filter((remark) => remark !== undefined);
}
