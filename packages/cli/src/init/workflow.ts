import { version } from '../version.ts';
import type { Ci } from './answers.ts';
import { registrySecret } from './config-file.ts';
import { signature } from './place.ts';

/** What a workflow has to hand over. */
export interface WorkflowFacts {
  /** Names of the secrets that drayage.yml refers to. */
  readonly secrets: readonly string[];
  /** Host of the registry `init` was told, whose password some CIs have at hand. */
  readonly registry?: string;
  readonly branch: string;
}

export interface Workflow {
  readonly path: string;
  readonly text: string;
}

/** The file with which a CI deploys; undefined where none was asked for. */
export function workflowOf(ci: Ci, facts: WorkflowFacts): Workflow | undefined {
  switch (ci) {
    case 'github':
      return { path: '.github/workflows/deploy.yml', text: githubWorkflow(facts) };
    case 'gitlab':
      return { path: '.gitlab-ci.yml', text: gitlabPipeline(facts) };
    case 'bitbucket':
      return { path: 'bitbucket-pipelines.yml', text: bitbucketPipeline(facts) };
    default:
      return undefined;
  }
}

/** The secrets a user has to set by hand, besides the SSH key: those that the CI does not have anyway. */
export function secretsToSet(ci: Ci, facts: WorkflowFacts): readonly string[] {
  return facts.secrets.filter((name) => ownSecret(ci, name, facts) === undefined);
}

/** What the CI itself gives for a secret. */
function ownSecret(ci: Ci, name: string, { registry }: WorkflowFacts): string | undefined {
  if (name !== registrySecret) return undefined;
  if (ci === 'github' && registry === 'ghcr.io') return '${{ secrets.GITHUB_TOKEN }}';
  if (ci === 'gitlab' && registry?.startsWith('registry.gitlab.') === true) return '$CI_REGISTRY_PASSWORD';
  return undefined;
}

function githubWorkflow(facts: WorkflowFacts): string {
  const given = facts.secrets.map((name) => {
    return `            ${name}=${ownSecret('github', name, facts) ?? `\${{ secrets.${name} }}`}\n`;
  });
  const pushes = facts.secrets.some((name) => ownSecret('github', name, facts) !== undefined);
  return `# Deploys what drayage.yml describes. ${signature}; change it as you like.
name: Deploy
on:
  push: { branches: [${facts.branch}] }
  workflow_dispatch:

permissions: {}

jobs:
  deploy:
    runs-on: ubuntu-latest
    permissions:
      contents: read
${pushes ? '      packages: write # the image is pushed with the token of the job\n' : ''}    # One deployment at a time; the next one waits.
    concurrency: deploy-production
    steps:
      - uses: actions/checkout@v5
        with: { persist-credentials: false }
      - uses: drayage/drayage@v1
        with:
          ssh-key: \${{ secrets.SSH_KEY }}
${given.length === 0 ? '' : `          secrets: |\n${given.join('')}`}`;
}

/** Variables of the project that are named as Drayage reads them need no line here. */
function gitlabPipeline(facts: WorkflowFacts): string {
  const own = facts.secrets.flatMap((name) => {
    const value = ownSecret('gitlab', name, facts);
    return value === undefined ? [] : [`  DRAYAGE_SECRET_${name}: ${value}\n`];
  });
  return `# Deploys what drayage.yml describes, on the default branch. ${signature}; change it as you like.
include:
  - component: $CI_SERVER_FQDN/drayage/drayage/up@1
${own.length === 0 ? '' : `\nvariables:\n${own.join('')}`}`;
}

function bitbucketPipeline(facts: WorkflowFacts): string {
  const lines = facts.secrets.map((name) => `${name}=$${name}`).join('\\n');
  const given = lines === '' ? '' : `              variables:\n                SECRETS: "${lines}"\n`;
  return `# Deploys what drayage.yml describes. ${signature}; change it as you like.
pipelines:
  branches:
    ${facts.branch}:
      - step:
          name: Deploy
          deployment: production
          script:
            - pipe: drayage/drayage:${version}
${given}`;
}
