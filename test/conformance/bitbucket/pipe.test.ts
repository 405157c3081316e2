import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { givingAway } from '../../../packages/core/src/report/encodings.ts';
import type { Host } from '../../lab/host.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import type { Registry } from '../../lab/registry.ts';
import { type PipelineOptions, type PipelineRun, runPipeline, type Step } from './pipelines.ts';

const example = parse(readFileSync('examples/bitbucket-pipelines.yml', 'utf8'));
const stepsOf = (list: readonly { step?: Step }[]): Step[] => list.flatMap(({ step }) => step ?? []);
const main = stepsOf(example.pipelines.branches.main);
const rollback = stepsOf(example.pipelines.custom.rollback);
const pipe = parse(readFileSync('packages/bitbucket/pipe.yml', 'utf8')).image;

let lab: Lab;
let [runner, node]: [Host, Host] = [] as never;
let registry: Registry;
let repository = '';

beforeAll(async () => {
  lab = await startLab({ name: `bitbucket-${process.pid}` });
  [[runner, node], registry] = await Promise.all([
    Promise.all([lab.host('runner', { docker: true }), lab.host('node-1', { docker: true })]),
    lab.registry(),
  ]);
  repository = mkdtempSync(join(tmpdir(), 'drayage-bitbucket-'));
  const keys = join(runner.rootFolder, 'opt/atlassian/pipelines/agent/ssh');
  mkdirSync(keys, { recursive: true });
  writeFileSync(join(keys, 'id_rsa_tmp'), node.privateKey);
  writeFileSync(join(keys, 'known_hosts'), node.knownHosts);
});
afterAll(async () => {
  await lab?.stop();
  rmSync(repository, { recursive: true, force: true });
});

function writeApplication(version: string): void {
  const files = {
    Dockerfile: `FROM busybox:1.37.0
RUN mkdir /www && echo ok >/www/healthz && echo ${version} >/www/version.txt
CMD ["httpd", "-f", "-p", "3000", "-h", "/www"]
`,
    'drayage.yml': `project: shop
servers:
  node-1: { host: ${node.address}, user: ${node.user}, docker-source: distribution }
registries:
  ${registry.host}: { username: ${registry.username}, password: "\${{ secrets.REGISTRY_TOKEN }}", insecure: true }
services:
  web:
    source: { path: . }
    build: { type: dockerfile, servers: [node-1] }
    image: ${registry.host}/acme/web
    deploy:
      mode: standalone
      servers: [node-1]
      health: { http: /healthz, port: 3000, interval: 500ms, timeout: 1s, retries: 6, start-period: 1s }
      drain: 0s
      stop-grace-period: 1s
`,
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(repository, name), content);
}

const logs: string[] = [];

async function run(
  steps: readonly Step[],
  buildNumber: number,
  more: Partial<PipelineOptions> = {},
): Promise<PipelineRun> {
  const variables = { REGISTRY_TOKEN: registry.password, ...more.variables };
  const images = { 'drayage/drayage:0.1.0': pipe };
  const ran = await runPipeline(steps, example.image, { runner, repository, buildNumber, images, ...more, variables });
  logs.push(ran.log);
  return ran;
}

/** The image of the newest container, by digest, and its version: the one before it may still be stopping. */
async function serving(): Promise<{ image: string; version: string }> {
  const { stdout } = await node.exec("docker ps --no-trunc --format '{{.ID}} {{.Image}}' | grep acme/web | head -1");
  const [id = '', image = ''] = stdout.trim().split(' ');
  const { stdout: version } = await node.exec(`docker exec ${id} cat /www/version.txt`);
  return { image, version: version.trim() };
}

describe("the pipe in Bitbucket's environment", () => {
  let first = '';

  it('is built by its Dockerfile', async () => {
    const context = join(runner.rootFolder, 'root/pipe');
    cpSync('dist', join(context, 'dist'), { recursive: true });
    cpSync('packages/bitbucket/Dockerfile', join(context, 'packages/bitbucket/Dockerfile'));
    await runner.exec(`cd /root/pipe && docker build -q -f packages/bitbucket/Dockerfile -t ${pipe} .`);
    const { stdout } = await runner.exec(`docker run --rm ${pipe} --version`);
    expect(stdout).toBe('0.1.0\n');
  });

  it('deploys in three steps that hand state on by artifact, and outputs by variables', async () => {
    writeApplication('one');
    const { passed, log } = await run(main, 1);
    expect(passed, log).toBe(true);
    const { image, version } = await serving();
    first = image;
    expect(version).toBe('one');
    expect(image).toMatch(new RegExp(`^${registry.host}/acme/web@sha256:[0-9a-f]{64}$`));
    expect(log.trimEnd().split('\n').at(-1)).toBe(`done ${image}`);
  });

  it('rolls back by hand', async () => {
    writeApplication('two');
    const second = await run(main, 2);
    expect(second.passed, second.log).toBe(true);
    expect((await serving()).version).toBe('two');
    const { passed, log } = await run(rollback, 3, { variables: { DEPLOYMENT: '' } });
    expect(passed, log).toBe(true);
    expect(await serving()).toEqual({ image: first, version: 'one' });
  });

  it('takes a key in one line of base64, too', async () => {
    const history: Step = {
      name: 'History',
      script: [
        {
          pipe: 'drayage/drayage:0.1.0',
          variables: { COMMAND: 'history', SSH_KEY: '$KEY', SECRETS: 'REGISTRY_TOKEN=$REGISTRY_TOKEN' },
        },
      ],
    };
    const { passed, log } = await run([history], 4, {
      variables: { KEY: Buffer.from(node.privateKey).toString('base64') },
    });
    expect(passed, log).toBe(true);
    expect(log).toMatch(/^\* .* done /m);
  });

  it('refuses a misspelt variable with the one that was meant, and does nothing', async () => {
    const variables = { COMMAND: 'deploy-service', DRY_RNU: 'true', SECRETS: 'REGISTRY_TOKEN=$REGISTRY_TOKEN' };
    const { passed, log } = await run([{ name: 'Slip', script: [{ pipe: 'drayage/drayage:0.1.0', variables }] }], 4);
    expect(passed).toBe(false);
    expect(log).toContain("There is no variable DRY_RNU of this pipe's command.\nDid you mean DRY_RUN?");
    expect((await serving()).image).toBe(first);
  });

  it('refuses the state of another build', async () => {
    await run(main.slice(0, 1), 5);
    const state = readFileSync(join(runner.rootFolder, 'root/artifacts/.drayage/state.json'), 'utf8');
    const { passed, log } = await run(main.slice(1, 2), 6, { before: (_step, clone) => put(clone, state) });
    expect(passed).toBe(false);
    expect(log).toContain('The state file .drayage/state.json belongs to another repository or another run.');
    expect((await serving()).image).toBe(first);
  });

  it('refuses a state that was edited to name another image, checksum and all', async () => {
    await run(main.slice(0, 1), 7);
    const { state } = JSON.parse(readFileSync(join(runner.rootFolder, 'root/artifacts/.drayage/state.json'), 'utf8'));
    state.projects.shop.production.web.digest = `sha256:${'b'.repeat(64)}`;
    const checksum = `sha256:${createHash('sha256').update(JSON.stringify(state)).digest('hex')}`;
    const { passed, log } = await run(main.slice(1, 2), 7, {
      before: (_step, clone) => put(clone, JSON.stringify({ checksum, state })),
    });
    expect(passed).toBe(false);
    expect(log).toMatch(/IMAGE_NOT_FOUND/);
    expect((await serving()).image).toBe(first);
  });

  it('prints no secret in any form', () => {
    const log = logs.join('\n');
    expect(log.length).toBeGreaterThan(1000);
    const forms = [registry.password, node.privateKey].flatMap((secret) => givingAway(secret));
    expect(forms.filter((form) => log.includes(form))).toEqual([]);
  });
});

function put(clone: string, state: string): void {
  mkdirSync(join(clone, '.drayage'), { recursive: true });
  writeFileSync(join(clone, '.drayage', 'state.json'), state);
}
