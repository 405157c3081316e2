import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stateStore } from '../../packages/core/src/host/state/store.ts';
import { runWorkflow } from '../support/runner/runner.ts';
import { errorsOf, job, needsKey, project, secrets, workflow } from './github-workflow.ts';

const files = { 'drayage.yml': project };
const digest = `sha256:${'a'.repeat(64)}`;

/** The state that push-image writes in run `run` of a repository: its file, and as an output. */
function written(run: string, repository = 'acme/shop'): { file: string; output: string } {
  const cwd = mkdtempSync(join(tmpdir(), 'drayage-state-'));
  try {
    const env = { GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run };
    const owner = { name: 'shop', environment: 'production' };
    const values = { server: 'builder', imageId: 'sha256:1', digest, tags: ['main'] };
    const output = stateStore({ cwd, env }).begin(owner, 'web', values);
    return { file: readFileSync(join(cwd, '.drayage', 'state.json'), 'utf8'), output };
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

const stateOf = (run: string, repository?: string) => written(run, repository).file;

/** One job hands a state on by artifact, the next one deploys from it; its server cannot be logged in to. */
const twoJobs = (deploy: string) =>
  workflow(
    'run: mkdir -p .drayage && printf %s "$EARLIER_STATE" > .drayage/state.json',
    `uses: actions/upload-artifact@b7c566a772e6b6bfb58ed0dc250532a479d7789f
with:
  name: shop-push-image-web-production-1
  path: .drayage/state.json
  include-hidden-files: true`,
  ).replace('  deploy:', '  push:') + job('deploy', deploy).replace('    runs-on', '    needs: push\n    runs-on');

const deployStep = (given = '') => `uses: drayage/drayage/actions/deploy-service@v1
with:
  state-artifact: shop
  ssh-key: \${{ secrets.SSH_KEY }}
  secrets: REGISTRY_TOKEN=\${{ secrets.REGISTRY_TOKEN }}
${given}`;

async function deployFrom(state: string, options: { change?: (text: string) => string; given?: string } = {}) {
  const { change = (text: string) => text } = options;
  const { deploy } = await runWorkflow(twoJobs(deployStep(options.given)), {
    files,
    secrets,
    env: { EARLIER_STATE: state },
    between: (artifacts) => {
      for (const name of readdirSync(artifacts)) {
        const file = join(artifacts, name, 'state.json');
        writeFileSync(file, change(readFileSync(file, 'utf8')));
      }
    },
  });
  if (deploy === undefined) throw new Error('The job did not run.');
  return deploy;
}

describe('a state that comes by artifact', () => {
  it('is taken', async () => {
    const ran = await deployFrom(stateOf('7'));
    expect(ran.log.text).toContain('Total of 1 artifact(s) downloaded');
    expect(ran.log.text).toContain(needsKey);
    expect(ran.log.annotations.filter(({ kind }) => kind === 'warning')).toEqual([]);
  });

  it.each([
    ['cut short', (text: string) => text.slice(0, 80), 'it is not JSON'],
    ['emptied', () => '', 'it is not JSON'],
    ['edited', (text: string) => text.replace(digest, `sha256:${'b'.repeat(64)}`), 'its checksum does not fit'],
    ['replaced', () => '{"checksum":"x","state":{"::set-output name=a::b":1}}', 'it is not a state of this version'],
  ])('that was %s is refused in one sentence', async (_how, change, why) => {
    const ran = await deployFrom(stateOf('7'), { change });
    expect(ran.codes[0]).toBe(64);
    const errors = errorsOf(ran);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toContain(
      `The state file .drayage/artifacts/shop-push-image-web-production-1/state.json cannot be used: ${why}`,
    );
    expect(errors[0]?.message).toContain('STATE_INVALID');
    expect(ran.log.forbidden).toEqual([]);
    expect(ran.log.text).not.toContain(needsKey);
  });

  it.each([
    ['another run', () => stateOf('6')],
    ['another repository', () => stateOf('7', 'acme/blog')],
  ])('of %s is refused', async (_what, state) => {
    const ran = await deployFrom(state());
    expect(errorsOf(ran)[0]?.message).toContain('belongs to another repository or another run.');
    expect(ran.codes[0]).toBe(64);
  });

  it('of another run is taken on purpose', async () => {
    expect((await deployFrom(stateOf('6'), { given: '  state-run: "6"' })).log.text).toContain(needsKey);
  });

  it('that is missing is said, with the image that is deployed instead', async () => {
    const { deploy } = await runWorkflow(workflow(deployStep()), { files, secrets });
    expect(deploy?.log.annotations.find(({ kind }) => kind === 'warning')?.message).toMatch(
      /^No earlier job of this run handed the image of web on by the artifact "shop", so it is registry\.example\.com\/acme\/web:c+\.$/,
    );
  });

  it('that is missing leaves nothing to push', async () => {
    const step = deployStep().replace('deploy-service', 'push-image');
    const { deploy } = await runWorkflow(workflow(step), { files, secrets });
    expect(deploy?.log.text).toContain('Nothing says which image of service web is to be pushed.');
    expect(deploy?.log.text).toContain('No earlier job handed it on by the artifact "shop".');
  });
});

describe('a state that comes as an output of another job', () => {
  const jobs = workflow('id: push\nrun: echo "state=$EARLIER_STATE" >> "$GITHUB_OUTPUT"')
    .replace('  deploy:', '  push:')
    .replace('    steps:', '    outputs:\n      state: ${{ steps.push.outputs.state }}\n    steps:');
  const step = deployStep('  state: ${{ needs.push.outputs.state }}').replace('  state-artifact: shop\n', '');
  const text = jobs + job('deploy', step).replace('    runs-on', '    needs: push\n    runs-on');

  it('arrives though every host, user and name is a mask', async () => {
    const names = ['127.0.0.1', 'root', 'builder', 'node-1', 'shop', 'production', 'main', 'acme', digest];
    const masked = Object.fromEntries(names.map((name, index) => [`NAME_${index}`, name]));
    const env = { EARLIER_STATE: written('7').output };
    const { push, deploy } = await runWorkflow(text, { files, secrets: { ...secrets, ...masked }, env });
    expect(push?.log.annotations).toEqual([]);
    expect(push?.outputs.state).toBe(env.EARLIER_STATE);
    expect(deploy?.log.text).toContain(needsKey);
  });

  it.each([
    ['damaged', () => written('7').output.slice(0, -9), 'The input "state" cannot be used'],
    ['of another run', () => written('6').output, 'The input "state" belongs to another repository or another run.'],
  ])('that is %s is refused', async (_what, state, sentence) => {
    const { deploy } = await runWorkflow(text, { files, secrets, env: { EARLIER_STATE: state() } });
    expect(deploy?.codes[0]).toBe(64);
    expect(errorsOf(deploy as never)[0]?.message).toContain(sentence);
  });
});
