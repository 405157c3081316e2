import type { Answers, Machine } from './answers.ts';
import type { Repository } from './repository.ts';

export interface NextStep {
  readonly why: string;
  /** What to type; absent where it is done in a browser. */
  readonly command?: string;
}

/** The names of a plan's secrets: those that drayage.yml refers to, and those of them that the CI has to be told. */
export interface PlanSecrets {
  readonly all: readonly string[];
  readonly toSet: readonly string[];
}

/** The key that is made for deployments. */
const ownKey = '~/.ssh/drayage';

/** Commands to type after `init`, each with what it is for. */
export function nextSteps(
  { server, ci }: Answers,
  { keys }: Pick<Repository, 'keys'>,
  secrets: PlanSecrets,
): readonly NextStep[] {
  const isLocal = server?.host === 'local';
  // Where the configuration was there before, a key is most likely too; a new server gets one of its own.
  const [found] = server === undefined ? keys : keys.filter((name) => name === ownKey);
  const key = found ?? ownKey;
  return [
    ...(isLocal ? [] : keySteps(key, found !== undefined, server)),
    ...secrets.all.map((name) => ({ why: 'for runs from here', command: `export DRAYAGE_SECRET_${name}=…` })),
    { why: 'check what was written', command: 'npx drayage validate' },
    { why: 'deploy from here', command: `npx drayage up${isLocal ? '' : ` --ssh-key ${key}`}` },
    ...secretSteps(ci, isLocal ? undefined : key, secrets.toSet),
  ];
}

/** How the key comes to be, and onto the server; nothing where it is there and the server is not new. */
function keySteps(key: string, exists: boolean, server: Machine | undefined): readonly NextStep[] {
  if (exists && server === undefined) return [];
  const where = server === undefined ? 'USER@HOST' : reach(server);
  const steps: NextStep[] = exists
    ? []
    : [{ why: 'a key for deployments', command: `ssh-keygen -t ed25519 -N '' -C drayage -f ${key}` }];
  const why = server === undefined ? 'let it in, on each server of drayage.yml' : 'let it in';
  steps.push({ why, command: `ssh-copy-id -i ${key}.pub ${where}` });
  if (server !== undefined) {
    steps.push({
      why: 'what `host-key:` of the server in drayage.yml is to be, for the CI',
      command: `ssh ${where} ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`,
    });
  }
  return steps;
}

/** How secrets reach the CI; without a key where it logs in nowhere. */
function secretSteps(ci: Answers['ci'], key: string | undefined, names: readonly string[]): readonly NextStep[] {
  if (ci === 'github') {
    return [
      ...(key === undefined ? [] : [{ why: 'for the workflow', command: `gh secret set SSH_KEY < ${key}` }]),
      ...names.map((name) => ({ why: 'for the workflow', command: `gh secret set ${name}` })),
    ];
  }
  const inPage = (page: string, parts: readonly (string | undefined)[]) => {
    const told = parts.filter((part) => part !== undefined).join('; ');
    return told === '' ? [] : [{ why: `${page}: ${told}` }];
  };
  if (ci === 'gitlab') {
    return inPage('Settings → CI/CD → Variables', [
      key === undefined ? undefined : `DRAYAGE_SSH_KEY of type File with the content of ${key}`,
      names.length === 0 ? undefined : `masked: ${names.map((name) => `DRAYAGE_SECRET_${name}`).join(', ')}`,
    ]);
  }
  if (ci === 'bitbucket') {
    return inPage('Repository settings → Pipelines', [
      key === undefined ? undefined : `SSH keys: the two halves of ${key}`,
      names.length === 0 ? undefined : `Repository variables, secured: ${names.join(', ')}`,
    ]);
  }
  return [];
}

function reach({ host, user, port }: Machine): string {
  return `${port === undefined ? '' : `-p ${port} `}${user}@${host}`;
}
