import type { Answers, Machine } from './answers.ts';
import { pathOf } from './answers.ts';
import { configText } from './config-file.ts';
import { dockerignore, nodeDockerfile } from './node-image.ts';
import type { Repository } from './repository.ts';
import { secretsToSet, workflowOf } from './workflow.ts';

/** A file, and what becomes of it. */
export interface PlannedFile {
  readonly path: string;
  readonly text: string;
  /** `kept`: another one of this name is there, and stays as it is. */
  readonly fate: 'written' | 'kept' | 'same';
}

export interface InitPlan {
  readonly files: readonly PlannedFile[];
  /** What the user should know before going on. */
  readonly remarks: readonly string[];
  /** Commands to type next, each with what it is for. */
  readonly next: readonly NextStep[];
}

export interface NextStep {
  readonly why: string;
  /** What to type; absent where it is done in a browser. */
  readonly command?: string;
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
  const workflow = workflowOf(answers.ci, facts);
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
    .map((file): PlannedFile => {
      const now = present.get(file.path);
      const fate = now === undefined ? 'written' : now === file.text ? 'same' : force ? 'written' : 'kept';
      return { ...file, fate };
    });
  const hasDockerfile = repository.dockerfiles.length > 0 || dockerfile !== undefined || config === undefined;
  return {
    files,
    remarks: remarksOn(answers, repository, hasDockerfile),
    next: nextSteps(answers, secretsToSet(answers.ci, facts), facts.secrets),
  };
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

function nextSteps({ server, ci }: Answers, toSet: readonly string[], secrets: readonly string[]): readonly NextStep[] {
  // Where the configuration was there before, a key is most likely too.
  const key = server === undefined ? '~/.ssh/id_ed25519' : '~/.ssh/drayage';
  const steps: NextStep[] = [];
  if (server !== undefined && server.host !== 'local') {
    steps.push(
      { why: 'a key for deployments', command: `ssh-keygen -t ed25519 -N '' -C drayage -f ${key}` },
      { why: 'let it in', command: `ssh-copy-id -i ${key}.pub ${reach(server)}` },
      {
        why: 'what `host-key:` of the server in drayage.yml is to be, for the CI',
        command: `ssh ${reach(server)} ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`,
      },
    );
  }
  for (const name of secrets) steps.push({ why: 'for runs from here', command: `export DRAYAGE_SECRET_${name}=…` });
  steps.push(
    { why: 'check what was written', command: 'npx drayage validate' },
    { why: 'deploy from here', command: `npx drayage up${server?.host === 'local' ? '' : ` --ssh-key ${key}`}` },
    ...secretSteps(ci, key, toSet),
  );
  return steps;
}

/** How secrets reach the CI. */
function secretSteps(ci: Answers['ci'], key: string, names: readonly string[]): NextStep[] {
  if (ci === 'github') {
    return [
      { why: 'for the workflow', command: `gh secret set SSH_KEY < ${key}` },
      ...names.map((name) => ({ why: 'for the workflow', command: `gh secret set ${name}` })),
    ];
  }
  if (ci === 'gitlab') {
    const more = names.length === 0 ? '' : `, and masked ${names.map((name) => `DRAYAGE_SECRET_${name}`).join(', ')}`;
    return [{ why: `Settings → CI/CD → Variables: DRAYAGE_SSH_KEY of type File with the content of ${key}${more}` }];
  }
  if (ci === 'bitbucket') {
    const more = names.length === 0 ? '' : `; Repository variables, secured: ${names.join(', ')}`;
    return [{ why: `Repository settings → Pipelines → SSH keys: the two halves of ${key}${more}` }];
  }
  return [];
}

function reach({ host, user, port }: Machine): string {
  return `${port === undefined ? '' : `-p ${port} `}${user}@${host}`;
}
