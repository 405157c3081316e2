import { choice, choices, duration, flag, lines, list, secret, text } from './pieces.ts';

/** Inputs that mean the same in every command: declared once. */

export const logInputs = {
  'log-format': choice(['auto', 'pretty', 'plain', 'json'], 'How progress is printed.', {
    otherwise: 'auto: pretty on a terminal, the form of the CI in a job, else plain',
  }),
};

export const projectInputs = {
  config: text('The configuration file.', { otherwise: 'drayage.yml, where there is one' }),
  environment: text('Environment of drayage.yml.', { otherwise: 'production' }),
  project: text('Name of the project, where there is no drayage.yml.', {
    sets: 'project',
    otherwise: 'the name of the repository',
  }),
  secrets: secret(
    'Secrets for drayage.yml: NAME=value lines, NAME<<END blocks, or a JSON object. DRAYAGE_SECRET_<NAME> in the environment counts too.',
  ),
};

export const connectionInputs = {
  'ssh-key': secret('SSH private key, or the path of its file.', {
    otherwise:
      "the SSH agent; on a laptop also the keys in ~/.ssh; in Bitbucket's pipe the key of the repository's settings",
  }),
  'ssh-passphrase': secret('Passphrase of the SSH key.'),
  'ssh-password': secret('SSH password, where no key is used.'),
  'known-hosts': lines('Lines of a known_hosts file, or its path.', {
    otherwise: 'the `host-key` of each server; on a laptop also ~/.ssh/known_hosts',
  }),
  'host-key-policy': choice(
    ['strict', 'accept-new'],
    'What happens when nothing says which host key a server should have: strict refuses; accept-new takes it and prints the line to paste.',
    { otherwise: 'strict' },
  ),
  'on-missing-secrets': choice(
    ['fail', 'skip'],
    'What happens where a pull request comes from a fork, and the CI therefore gives no secrets: fail says so; skip ends green and does nothing.',
    { otherwise: 'fail' },
  ),
};

export const runInputs = {
  timeout: duration('After this time the run is cancelled.', { otherwise: 'none; each step has its own limits' }),
  ...logInputs,
};

export const serviceInput = {
  service: text('Name of the service.', { otherwise: 'the only one in drayage.yml' }),
};

export const dryRunInput = {
  'dry-run': flag('Only show what would change.', { otherwise: 'false' }),
};

export const yesInput = {
  yes: flag('Ask nothing: take what was found and the defaults, and yes for an answer.'),
};

export const githubInputs = {
  'github-token': secret(
    'Token with which GitHub is told of the deployment, see `github-report`. Nothing of it can fail a deployment.',
    { only: 'github', otherwise: 'GitHub is told nothing' },
  ),
  'github-report': choices(
    ['status', 'deployment', 'comment'],
    'What GitHub is told with the token: `status`, of the commit (needs `permissions: statuses: write`); `deployment`, on the page of the environment (`deployments: write`); `comment`, in the pull request (`pull-requests: write`), also of a dry run.',
    { only: 'github', otherwise: 'status' },
  ),
};

export const titleInputs = {
  title: text('Title of the deployment in its history.', { otherwise: 'the subject of the commit' }),
  description: text('More about the deployment, for its history.'),
};

export const buildServerInput = {
  server: text('The build server: a name from drayage.yml, ssh://user@host:port, or local.', {
    sets: 'services.*.build.servers',
    shape: 'one-item',
  }),
};

export const toolsMirrorInput = {
  'tools-mirror': text(
    'URL that serves the releases of railpack, nixpacks and pack for build servers that cannot reach github.com, at the same paths.',
    { otherwise: 'https://github.com' },
  ),
};

export const serversInput = (what: string, otherwise: string, sets?: string) => ({
  servers: list(`${what}: names from drayage.yml, ssh://user@host:port, or local.`, { otherwise, sets }),
});

export const stateInputs = {
  state: text('The output `state` of an earlier step, where no file or artifact hands it over.'),
  'state-file': text('File that hands state from step to step: names and digests, no secrets.', {
    otherwise: '.drayage/state.json',
  }),
  'state-artifact': text(
    'Name under which state travels between jobs as an artifact. GitHub: the action downloads and uploads it.',
  ),
  'state-run': text('Accept state of this other run too, on purpose.'),
};

export const stateOutput = { state: 'State for later steps: names and digests, no secrets.' };
