import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { tool } from '../tools/tool.ts';
import { leaksOf } from './leaks.ts';
import type { Pipeline } from './project.ts';
import { type GitlabWorld, healthy, startGitlabWorld } from './world.ts';

const modules = await tool('npm');

/** A job after the components, which sees what they handed on. */
const report = {
  report: {
    stage: '.post',
    script: ['env | grep ^DRAYAGE_OUTPUT_ | sort', 'ls -A .drayage', 'cat .drayage/outputs.json'],
    rules: [{ if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH' }],
  },
};

const component = (name: string, inputs: Readonly<Record<string, unknown>> = {}) => ({
  component: `$CI_SERVER_FQDN/acme/shop/${name}@$CI_COMMIT_SHA`,
  inputs,
});

describe.skipIf(modules === undefined)('GitLab, as gitlab-ci-local runs it', () => {
  let world: GitlabWorld;
  const logs: string[] = [];

  beforeAll(async () => {
    world = await startGitlabWorld(modules ?? '');
  });
  afterAll(async () => world?.[Symbol.asyncDispose]());

  /** Runs a pipeline of these components for a new commit, and keeps its log. */
  async function pipeline(version: string, include: readonly object[], more: object = report): Promise<Pipeline> {
    world.project.write({ 'version.txt': `${version}\n`, '.gitlab-ci.yml': stringify({ include, ...more }) });
    world.project.commit(version);
    return run();
  }
  async function run(...args: string[]): Promise<Pipeline> {
    const done = await world.project.run(...args);
    logs.push(done.log);
    return done;
  }
  /** The version before drains for a moment beside it. */
  async function serves(version: string): Promise<void> {
    await expect.poll(() => world.answer(), { timeout: 20_000 }).toBe(healthy(version));
  }
  const given = (without: readonly string[] = [], more = {}) =>
    world.project.variables({
      ...Object.fromEntries(Object.entries(world.variables).filter(([name]) => !without.includes(name))),
      ...more,
    });

  it('sets up, builds, pushes, deploys and routes in jobs of their own, which hand over by artifact and dotenv', async () => {
    // Their names are more than GitLab takes of a job.
    const tags = Array.from({ length: 45 }, (_, number) => `${number}-${'t'.repeat(115)}`);
    const smokeTest = `curl --fail --silent --resolve shop.example.com:80:${world.node.address} "$DRAYAGE_OUTPUT_URL"`;
    const more = {
      ...report,
      stages: ['servers', 'build', 'test', 'deploy', 'route'],
      'push-image': { variables: { DRAYAGE_TAGS: `sha,${tags.join(',')}` } },
      'smoke-test': { ...report.report, script: [smokeTest] },
    };
    given();
    const { code, log } = await pipeline(
      'one',
      [
        component('setup-build-server', { 'job-stage': 'servers' }),
        component('setup-deploy-node', { 'job-stage': 'servers' }),
        component('build-remote'),
        component('push-image'),
        component('deploy-service'),
        component('configure-domain', { 'job-stage': 'route' }),
      ],
      more,
    );
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    await serves('one');
    expect(log).toMatch(/report\s+> DRAYAGE_OUTPUT_PINNED_IMAGE=\S+\/acme\/shop-web@sha256:[0-9a-f]{64}/);
    expect(log).toMatch(/report\s+> DRAYAGE_OUTPUT_DEPLOYMENT_ID=\S+/);
    expect(log).toMatch(/report\s+> DRAYAGE_OUTPUT_STATUS=done/);
    expect(log).toMatch(/report\s+> DRAYAGE_OUTPUT_URL=http:\/\/shop\.example\.com\//);
    expect(log).toMatch(new RegExp(`smoke-test\\s+> ${healthy('one')}`));
    expect(log).not.toMatch(/DRAYAGE_OUTPUT_STATE=/);
    expect(log).toMatch(/report\s+> state\.json/);
    // Said in the log of the job whose output it is; the others are handed on, and the file has all of them.
    expect(log).toMatch(/push-image.*The output "tags" was not handed on: .*GitLab takes 5000/);
    expect(log).not.toMatch(/DRAYAGE_OUTPUT_TAGS=/);
    expect(log).toMatch(/report\s+> DRAYAGE_OUTPUT_DIGEST=sha256:[0-9a-f]{64}/);
  });

  it('does all of it in the component `up`, and shows the environment', async () => {
    const { code, log } = await pipeline('two', [
      component('up', { 'job-url': 'https://shop.example.com' }),
      component('rollback'),
    ]);
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    await serves('two');
    expect(log).toMatch(/up.*environment.*production.*https:\/\/shop\.example\.com/);
    expect(log).not.toMatch(/DRAYAGE_OUTPUT_SERVICES/);
    expect(log).toMatch(/report\s+>\s+"services": \[/);
    // The manual job waits for a person.
    expect(log).not.toMatch(/rollback\s+starting/);
  });

  it('rolls back by the manual job', async () => {
    const { code, log } = await run('rollback');
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    await serves('one');
  });

  it('fails the job for a version that does not start, and says none of the secrets it prints', async () => {
    const { code, log } = await pipeline('broken', [component('up')]);
    expect(code).not.toBe(0);
    expect(log).toContain('{"token":"***"}');
    // Its marks fold no section of the log.
    expect(log).toContain('forged');
    expect(log).not.toContain('section_end:0:');
    expect(log).toMatch(/Bearer \w+\*\*\*/);
    await serves('one');
  });

  it('starts the file of a path, and the file of a URL whose checksum fits', async () => {
    const { single, singleSha256 } = world.assets;
    world.project.write({ 'tools/drayage.cjs': readFileSync(single, 'utf8') });
    const path = await pipeline('three', [component('up', { entry: 'tools/drayage.cjs' })]);
    expect({ code: path.code, log: path.code === 0 ? '' : path.log }).toEqual({ code: 0, log: '' });
    await serves('three');

    const server = createServer((request, response) => {
      response.statusCode = request.url === '/drayage.cjs' ? 200 : 404;
      response.end(readFileSync(single));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const from = (path: string, checksum = `#sha256=${singleSha256}`) => [
        component('up', { entry: `${url}/${path}${checksum}` }),
      ];
      const right = await pipeline('four', from('drayage.cjs'));
      expect({ code: right.code, log: right.code === 0 ? '' : right.log }).toEqual({ code: 0, log: '' });
      await serves('four');

      const wrong = await pipeline('five', from('drayage.cjs', `#sha256=${'a'.repeat(64)}`));
      expect(wrong.code).not.toBe(0);
      expect(wrong.log).toContain(`has the SHA-256 checksum ${singleSha256}; the input entry expects aaaaaaaa`);
      const absent = await pipeline('five', from('none'));
      expect(absent.code).not.toBe(0);
      expect(absent.log).toContain(
        `names ${url}/none, which answered 404; expected the file drayage.cjs of a release.`,
      );
      const bare = await pipeline('five', from('drayage.cjs', ''));
      expect(bare.code).not.toBe(0);
      expect(bare.log).toContain(`The input entry is ${url}/drayage.cjs, which has no SHA-256 checksum`);
      const nowhere = await pipeline('five', [component('up', { entry: 'tools/none.cjs' })]);
      expect(nowhere.code).not.toBe(0);
      expect(nowhere.log).toContain('The input entry is tools/none.cjs, and the job has no such file; expected a path');
      await serves('four');
    } finally {
      server.close();
    }
  });

  it('ends the work on the servers when the job is cancelled, and leaves no lock to the next', async () => {
    const running = pipeline('slow', [component('up')]);
    await expect.poll(() => world.containers(), { timeout: 30_000, interval: 100 }).toBe(2);
    world.project.cancel();
    const { code, log } = await running;
    expect(code).not.toBe(0);
    expect(log).toContain('CANCELLED');
    await expect.poll(() => world.containers(), { timeout: 15_000 }).toBe(1);
    await serves('four');
    const next = await pipeline('five', [component('up')]);
    expect({ code: next.code, log: next.code === 0 ? '' : next.log }).toEqual({ code: 0, log: '' });
    expect(next.log).not.toContain('waiting for');
    await serves('five');
  });

  it('refuses state that was damaged on its way between jobs', async () => {
    // In the job itself, before its script: gitlab-ci-local unpacks the artifacts of all earlier jobs at once, and any of
    // them may come last; GitLab takes them in order.
    const damage = ['test -s .drayage/state.json', 'sed -i s/sha256:/sha256:0/ .drayage/state.json'];
    const more = { stages: ['build', 'test', 'deploy'], 'deploy-service': { before_script: damage } };
    const names = ['build-remote', 'push-image', 'deploy-service'];
    const { code, log } = await pipeline(
      'damaged',
      names.map((name) => component(name)),
      more,
    );
    expect(code).not.toBe(0);
    expect(log).toContain('The state file .drayage/state.json cannot be used: its checksum does not fit its content.');
    await serves('five');
  });

  it('takes a key that is a variable instead of a file and has lost its last line end', async () => {
    const { node } = world;
    given([], { DRAYAGE_SSH_KEY: node.privateKey.trimEnd() });
    const { code, log } = await pipeline('six', [component('up')]);
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    await serves('six');
  });

  it('names protected variables where a key or a secret did not reach the job', async () => {
    const sentence = 'GitLab gives protected variables only to protected branches and tags, and main is neither';
    given(['DRAYAGE_SSH_KEY']);
    const absent = await pipeline('seven', [component('up')]);
    expect(absent.code).not.toBe(0);
    expect(absent.log).toContain('No key, password or agent was given');
    expect(absent.log).toContain(sentence);

    const mapped = { ...report, variables: { DRAYAGE_SSH_KEY: '$SSH_KEY', DRAYAGE_SECRET_API_TOKEN: '${API_TOKEN}' } };
    given(['DRAYAGE_SSH_KEY', 'DRAYAGE_SECRET_API_TOKEN']);
    const unexpanded = await pipeline('seven', [component('up')], mapped);
    expect(unexpanded.code).not.toBe(0);
    expect(unexpanded.log).toContain('there is no secret API_TOKEN in this run');
    expect(unexpanded.log).toContain(sentence);
    await serves('six');
  });

  it('stops the environment by the button that was asked for, and leaves nothing of it', async () => {
    given();
    const rule = { if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH' };
    const deployed = await pipeline('eight', [component('up', { 'stop-rules': [rule] })]);
    expect({ code: deployed.code, log: deployed.code === 0 ? '' : deployed.log }).toEqual({ code: 0, log: '' });
    await serves('eight');
    // It waits for a person.
    expect(deployed.log).not.toMatch(/up-stop\s+starting/);
    const { code, log } = await run('up-stop');
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    expect(log).toContain('network shop-production removed');
    const { stdout } = await world.node.exec(
      'docker ps --all --quiet --filter label=dev.drayage.project=shop; ls /var/lib/drayage/deployments',
    );
    expect(stdout).toBe('');
  });

  it('let no secret into any log, in no encoding', () => {
    expect(logs).toHaveLength(18);
    const all = logs.join('\n');
    expect(all).toContain('"checksum": "sha256:');
    // That the check sees one where there is one.
    const { key = '' } = world.secrets;
    expect(leaksOf(`${all}${Buffer.from(key).toString('base64')}`, world.secrets)).toContain('key as base64');
    expect(leaksOf(all, world.secrets)).toEqual([]);
  });
});
