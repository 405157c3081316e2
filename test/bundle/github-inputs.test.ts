import { describe, expect, it } from 'vitest';
import { runWorkflow } from '../support/runner/runner.ts';
import { errorsOf, needsKey, project, secrets, workflow } from './github-workflow.ts';

const files = { 'drayage.yml': project };

const deploy = (given: string) => `uses: drayage/drayage/actions/deploy-service@v1
id: deploy
with:
  ssh-key: \${{ secrets.SSH_KEY }}
  secrets: REGISTRY_TOKEN=\${{ secrets.REGISTRY_TOKEN }}
${given}`;

const root = (given: string) => `uses: drayage/drayage@v1
with:
  ssh-key: \${{ secrets.SSH_KEY }}
  secrets: REGISTRY_TOKEN=\${{ secrets.REGISTRY_TOKEN }}
${given}`;

describe.each([
  ['a composite action', deploy],
  ['the root action', root],
])('an input of %s', (_what, step) => {
  it('that is misspelt is refused with the nearest name, and nothing is done', async () => {
    const ran = await runWorkflow(workflow(step('  dry-rnu: true\n  replicaz: 2')), { files, secrets });
    expect(ran.deploy?.status).toBe('failure');
    const code = 'INPUT_INVALID';
    expect(errorsOf(ran.deploy as never).map(({ message }) => message.split('\n'))).toEqual([
      ['There is no input "dry-rnu".', 'Did you mean "dry-run"?', expect.stringContaining(code)],
      ['There is no input "replicaz".', 'Did you mean "replicas"?', expect.stringContaining(code)],
    ]);
    expect(ran.deploy?.log.text).not.toContain('127.0.0.1');
  });

  it('with a wrong value is named with what was expected', async () => {
    const ran = await runWorkflow(workflow(step('  replicas: many')), { files, secrets });
    expect(ran.deploy?.log.text).toContain('input "replicas" is "many"; expected a whole number from 1 to 1000.');
    expect(ran.deploy?.codes[0]).toBe(64);
  });

  it('never reaches the shell', async () => {
    const evil = '$(touch pwned)`touch pwned`"; touch pwned; \'';
    const ran = await runWorkflow(
      workflow(step(`  environment: ${JSON.stringify(evil)}`), 'run: "! ls | grep pwned"'),
      {
        files,
        secrets,
      },
    );
    expect(ran.deploy?.log.text).toContain(`The environment is ${JSON.stringify(evil)}`.slice(0, 40));
    expect(ran.deploy?.log.text).not.toMatch(/^pwned$/m);
  });
});

describe('the secrets of a pull request that comes from a fork', () => {
  const fork = (head: object | null) => ({
    files,
    secrets: {},
    github: { event_name: 'pull_request' },
    event: { pull_request: { head: { repo: head }, base: { repo: { full_name: 'acme/shop' } } } },
  });

  it.each([
    ['a composite action', deploy],
    ['the root action', root],
  ])('are missing, and %s says why', async (_what, step) => {
    const ran = await runWorkflow(workflow(step('')), fork({ full_name: 'eve/shop' }));
    expect(ran.deploy?.codes[0]).toBe(64);
    expect(ran.deploy?.log.annotations.map(({ message }) => message).join()).toContain(
      'This pull request comes from the fork eve/shop, and GitHub gives such a run no secrets: the SSH key and REGISTRY_TOKEN are missing. Nothing was done.',
    );
    expect(ran.deploy?.log.text).toContain('SECRETS_WITHHELD');
  });

  it('are missing, and the job ends green where that was asked for', async () => {
    const ran = await runWorkflow(workflow(deploy('  on-missing-secrets: skip')), fork({ full_name: 'eve/shop' }));
    expect(ran.deploy?.status).toBe('success');
    expect(ran.deploy?.log.annotations).toEqual([]);
    expect(ran.deploy?.log.text).toContain('Skipped, as asked: This pull request comes from the fork eve/shop');
  });

  it('are missing by reference, and that is the reason given', async () => {
    const step = `uses: drayage/drayage/actions/deploy-service@v1
env:
  DRAYAGE_SECRET_REGISTRY_TOKEN: \${{ secrets.REGISTRY_TOKEN }}
  SSH_AUTH_SOCK: /nowhere`;
    const ran = await runWorkflow(workflow(step), fork(null));
    expect(ran.deploy?.log.text).toContain('the fork that is deleted now, and GitHub gives such a run no secrets');
    expect(ran.deploy?.log.text).toContain('REGISTRY_TOKEN is missing');
  });

  it('are not to blame in a pull request of the repository itself', async () => {
    const own = { ...fork({ full_name: 'acme/shop' }), secrets: { SSH_KEY: secrets.SSH_KEY } };
    const ran = await runWorkflow(workflow(deploy('')), own);
    expect(ran.deploy?.log.text).not.toContain('fork');
    expect(ran.deploy?.log.text).toContain(needsKey);
  });
});

describe('Node.js', () => {
  const withNode = (node: string | undefined) => ({
    files,
    secrets,
    env: { PATH: node === undefined ? '/nowhere' : `${node}:/usr/bin:/bin` },
  });

  it('that is missing is said in one sentence', async () => {
    const ran = await runWorkflow(workflow(deploy('')), withNode(undefined));
    expect(errorsOf(ran.deploy as never).map(({ message }) => message)).toEqual([
      'Drayage needs Node.js 20.18 or newer on the runner and found no node; add actions/setup-node before this step.',
    ]);
  });

  it('that is too old is said in one sentence', async () => {
    const prepare = `run: |
  mkdir "$RUNNER_TEMP/old"
  echo 'Object.defineProperty(process.versions, "node", { value: "18.20.8" })' > "$RUNNER_TEMP/old/version.cjs"
  printf '#!/bin/sh\\nexec ${process.execPath} --require "%s" "$@"\\n' "$RUNNER_TEMP/old/version.cjs" > "$RUNNER_TEMP/old/node"
  chmod +x "$RUNNER_TEMP/old/node"
  echo "$RUNNER_TEMP/old" >> "$GITHUB_PATH"`;
    const ran = await runWorkflow(workflow(prepare, deploy('')), { files, secrets });
    const errors = errorsOf(ran.deploy as never);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toMatch(/^Drayage needs Node\.js 20\.18 or newer; this is 18\.20\.8 \(.*\)\. Add .*\.$/);
    expect(ran.deploy?.codes.at(-1)).toBe(1);
  });
});
